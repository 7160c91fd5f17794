"""The language a page is said in: its catalogue, its dates and its numbers.

`negotiate.py` sets it once for each request, so `gettext` here and `_()` in the templates need no
argument to say a sentence in the language of who reads.

English is what the source says. Any other language is a file of `catalogues/`, read when the
process starts: there is nothing compiled to commit, to build or to forget.
"""

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_skeleton, format_timedelta
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from markupsafe import Markup

from app import sentences
from app.directions import Direction, direction_of, direction_of_text
from app.errors import AppError
from app.sentences import Sentence, Value, is_count

N_: Final = sentences.N_

CATALOGUES: Final = Path(__file__).parent / "catalogues"
SOURCE: Final = "en"

_LOCALES: Final = {SOURCE: Locale("en", "GB")}
_DAYS: Final = {SOURCE: "EEEE d MMMM y"}
"""English has no comma behind the day of the week here; others write it their language's way."""


@dataclass(frozen=True)
class Language:
    """A language that the pages speak.

    `code` is its BCP 47 tag, `name` its own name for itself. `is_chosen` is set when the reader
    asked for it in the address, so that links go on asking.
    """

    code: str
    name: str
    locale: Locale
    is_chosen: bool = False

    @property
    def direction(self) -> Direction:
        """Return the direction in which it is written."""
        return direction_of(self.code)

    @property
    def chosen(self) -> "Language":
        """Return the same language, marked as chosen."""
        return replace(self, is_chosen=True)


@cache
def languages() -> Mapping[str, Language]:
    """Return every language there is a catalogue for, with English first, by code."""
    codes = [SOURCE, *sorted(path.stem for path in CATALOGUES.glob("*.po"))]
    return {code: _language(code) for code in codes}


_active: ContextVar[list[Language]] = ContextVar("language")
"""A list of one, for parts of a request run on threads of their own, which share it."""


def activate(language: Language) -> None:
    """Say everything in this language from here on, in the present request only."""
    _active.set([language])


def prefer(code: str) -> None:
    """Say the present request in the language of this code, unless its address asks for another.

    Nothing changes for no code of ours, as for who never chose.
    """
    held = _active.get(None)
    if held and not held[0].is_chosen and code in languages():
        held[0] = languages()[code]


def present() -> Language:
    """Return the language of the present request; English when nobody set one."""
    held = _active.get(None)
    return held[0] if held else languages()[SOURCE]


def gettext(sentence: str) -> str:
    """Return the sentence in the reader's language; unchanged when nobody has translated it."""
    return _catalogue(present().code).gettext(sentence) if sentence else ""


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
            return value
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


def ngettext(one: str, many: str, n: int) -> str:
    """Return the one or the other sentence in the reader's language, as `n` requires."""
    return _catalogue(present().code).ngettext(one, many, n)


def long_date(day: date) -> str:
    """Return a day as `Tuesday 28 April 2026` or `Dienstag, 28. April 2026`."""
    language = present()
    return format_date(day, _DAYS.get(language.code, "full"), locale=language.locale)


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


def number(n: int) -> str:
    """Return a number as `1,234` or `1.234`."""
    return format_decimal(n, locale=present().locale)


def listing(names: Sequence[str]) -> str:
    """Return a list as `AI, DevOps and Security` or `AI, DevOps und Security`."""
    return format_list(names, locale=present().locale)


def n_stories(n: int) -> str:
    """Return `1 story` or `22 stories`."""
    return ngettext("%(n)s story", "%(n)s stories", n) % {"n": number(n)}


def n_minutes(n: int) -> str:
    """Return how long it takes to read: `1 minute`, `9 minutes`."""
    return ngettext("%(n)s minute", "%(n)s minutes", n) % {"n": number(n)}


@cache
def _catalogue(code: str) -> NullTranslations:
    if code == SOURCE:
        return NullTranslations()
    with (CATALOGUES / f"{code}.po").open("rb") as file:
        found = read_po(file, locale=code, abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, found)
    compiled.seek(0)
    return GNUTranslations(compiled)


def _language(code: str) -> Language:
    try:
        locale = _LOCALES.get(code) or Locale.parse(code, sep="-")
    except UnknownLocaleError:  # pragma: no cover - a file of `catalogues/` is named wrongly
        raise ValueError(f"{code}.po names no language that Babel knows") from None
    return Language(code, Locale.parse(code, sep="-").get_display_name() or code, locale)
