"""Days, numbers, lists and sentences in words, in the language that is spoken (`app.language`)."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import cache, lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import (
    format_date,
    format_datetime,
    format_skeleton,
    format_timedelta,
    match_skeleton,
)
from babel.lists import format_list
from babel.numbers import format_decimal
from jinja2 import Environment, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from app.directions import ISOLATE, direction_of, direction_of_text, isolated
from app.errors import AppError
from app.language import SOURCE, gettext, ngettext, present
from app.sentences import Sentence, Value, is_count

_DAYS: Final = {SOURCE: "EEEE d MMMM y"}
"""English has no comma behind the day of the week here; others write it their language's way."""

_WEEKDAY: Final = re.compile("E+|c+")
_MONTH: Final = re.compile("MMM+|LLL+")
_NUMBER_OF_DAY: Final = re.compile(r"(\d\.?) (?=\D)")


def translated(text: str) -> str:
    """Return what a command or a check says, in the reader's language.

    A text that is no `Sentence` is looked up as it stands. What a person wrote stays as it is.
    """
    if not isinstance(text, Sentence):
        return gettext(text)
    n = text.values.get("n")
    if text.many and isinstance(n, int):
        form = ngettext(text.one, text.many, n)
    else:
        form = gettext(text.one)
    values = {name: _in_words(name, value) for name, value in text.values.items()}
    return form % values if values else form


def _in_words(name: str, value: Value) -> str:
    match value:
        case Sentence() | StrEnum():
            return translated(value)
        case str():
            return apart(value)
        case date():
            return _day_in_words(value)
        case int() if not is_count(name):
            return str(value)
        case int() | float():
            return format_decimal(value, locale=present().locale)
        case _:
            return listing([_in_words("", one) for one in value])


def _day_in_words(at: date) -> str:
    if isinstance(at, datetime):
        day = format_skeleton("MMMMd", at.astimezone(UTC), locale=present().locale)
        return f"{day}, {at.astimezone(UTC):%H:%M}"
    return long_date(at)


def message_of(error: AppError) -> str:
    """Return what an error says, in the reader's language."""
    return translated(error.detail)


def long_date(day: date) -> str:
    """Return a day as `Tuesday 28 April 2026` or `Dienstag, 28. April 2026`."""
    language = present()
    return format_date(day, _DAYS.get(language.code, "full"), locale=language.locale)


def unbroken(day: str) -> str:
    """Return a day in words, its number and its month on one line: no line begins with “April”."""
    return _NUMBER_OF_DAY.sub("\\1\u00a0", day)


def plain_date(day: date) -> str:
    """Return a day without that of the week: `28 April 2026`, `28. April 2026`."""
    return format_date(day, "long", locale=present().locale)


def day_and_month(day: date) -> str:
    """Return a day as `28 April` or `28. April`."""
    return format_skeleton("MMMMd", day, locale=present().locale)


def coming_day(day: date) -> str:
    """Return a day of the coming weeks: `Tuesday 28 April`, `Dienstag, 28. April`."""
    return format_date(day, _coming_form(present().locale), locale=present().locale)


@cache
def _coming_form(locale: Locale) -> str:
    """Return the pattern of a day of the coming weeks, its words in full.

    Babel finds the nearest form that a language has, which has them short in most.
    """
    forms = locale.datetime_skeletons
    nearest = match_skeleton("MMMMEd", forms) or "MMMEd"
    pattern = _WEEKDAY.sub("EEEE", forms[nearest].pattern)
    return _MONTH.sub("MMMM", pattern)


def weekday(day: date) -> str:
    """Return the day of the week: `Tuesday`, `Dienstag`."""
    return format_date(day, "EEEE", locale=present().locale)


def moment(at: datetime, zone: str) -> str:
    """Return an instant as `Mon 23 Nov 2026, 07:00`, on the clocks of this zone."""
    day = "EEE d MMM y, HH:mm" if present().code == SOURCE else "EEE, d. MMM y, HH:mm"
    return format_datetime(at, day, tzinfo=ZoneInfo(zone), locale=present().locale)


def ago(at: datetime, now: datetime) -> str:
    """Return how long ago it was: `3 minutes ago`; less than a minute ago is now."""
    if now - at < timedelta(minutes=1):
        return gettext("just now")
    return format_timedelta(at - now, add_direction=True, locale=present().locale)


def turned(language: str, *texts: str) -> Markup:
    """Return ` dir="rtl"` for texts in this language that lie otherwise than the page, or nothing.

    They lie as most of their letters do.
    """
    direction = direction_of_text(" ".join(texts), direction_of(language))
    return Markup("") if direction is present().direction else Markup(f' dir="{direction}"')  # noqa: S704 - one of two words


def apart(text: str) -> str:
    """Return a name or a title so that it lies by itself in a sentence of the present language."""
    return isolated(text, present().direction)


def set_apart(
    jinja: Environment,
    *,
    unless_plain: bool = False,
    unless: Callable[[str], bool] = lambda _: False,
) -> None:
    """Let sentences of templates set apart what they are filled with, `unless` it is a link.

    With `unless_plain` those of templates that escape nothing stay without marks.
    """

    @pass_context
    def said(context: Context, sentence: str, **values: object) -> str:
        return _filled(context, gettext(sentence), values)

    @pass_context
    def counted(context: Context, one: str, many: str, num: int, **values: object) -> str:
        return _filled(context, ngettext(one, many, num), {"num": num, **values})

    def _filled(context: Context, form: str, values: Mapping[str, object]) -> str:
        escapes = context.eval_ctx.autoescape
        if values and (escapes or not unless_plain):
            values = {
                name: apart(value) if type(value) is str and not unless(value) else value
                for name, value in values.items()
            }
        sentence = Markup(form) if escapes else form  # noqa: S704 - sentences are ours; what fills them is escaped
        return sentence % values if values or "%" in sentence else sentence

    # `_` is named, too: what the extension puts there looks `gettext` up anew for each sentence.
    jinja.globals |= {"gettext": said, "_": said, "ngettext": counted}


def number(n: int) -> str:
    """Return a number as `1,234` or `1.234`."""
    return _number(n, present().locale)


@lru_cache(maxsize=1_000)  # small counts come again and again
def _number(n: int, locale: Locale) -> str:
    return format_decimal(n, locale=locale)


def listing(names: Sequence[str]) -> str:
    """Return a list as `AI, DevOps and Security` or `AI, DevOps und Security`."""
    said = [apart(name) for name in names]
    if present().code == "he" and len(said) > 1 and said[-1].startswith(ISOLATE):
        # “and” is written with the next word, but by a hyphen before one in another script.
        said[-1] = f"-{said[-1]}"
    return format_list(said, locale=present().locale)


def n_stories(n: int) -> str:
    """Return `1 story` or `22 stories`."""
    return ngettext("%(n)s story", "%(n)s stories", n) % {"n": number(n)}


def n_minutes(n: int) -> str:
    """Return how long it takes to read: `1 minute`, `9 minutes`."""
    return ngettext("%(n)s minute", "%(n)s minutes", n) % {"n": number(n)}


def n_hours(n: int) -> str:
    """Return `1 hour` or `24 hours`."""
    return ngettext("%(n)s hour", "%(n)s hours", n) % {"n": number(n)}
