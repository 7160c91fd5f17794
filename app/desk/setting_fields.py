"""Fields of the settings' forms: what each takes in words, and its value as the text of a form."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from starlette.datastructures import FormData

from app.desk.verbs import name_in_words
from app.errors import AppError, FieldError, InvalidInput, Stale
from app.pages.language import SOURCE, gettext, listing, message_of, number, present, translated
from app.publication.limits import check_limits

Texts = Mapping[str, str]

_HOUR: Final = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)
_MOST: Final = 1e12
_SCALES: Final = {"minutes": 60, "percent": 0.01}
"""What one of what is typed is of what is stored: seconds of a minute, and of a percent a share."""


@dataclass(frozen=True)
class Setting:
    """A field of a form; `takes` says what it takes, with `values` in it.

    `options` are what can be chosen: a value, and its name.
    """

    name: str
    label: str
    kind: str
    takes: str = ""
    values: Mapping[str, int] = field(default_factory=dict)
    options: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Box:
    """A field as it is shown: `there` is what it is by now, where it was changed meanwhile."""

    setting: Setting
    what: str
    text: str
    there: str | None
    wrong: str

    @property
    def id(self) -> str:
        """Return its name as the page's own elements have it."""
        return self.setting.name.replace("/", "-")


async def posted_texts(request: Request) -> Texts:
    """Return the fields of the form as texts; what is ticked of several, divided by commas."""
    form: FormData = await request.form()
    return {
        name: ",".join(one for one in form.getlist(name) if isinstance(one, str)) for name in form
    }


Posted = Annotated[Texts, Depends(posted_texts)]


def write(setting: Setting, value: Any) -> str:
    """Return a stored value as the form has it."""
    match value:
        case None | False:
            return ""
        case True:
            return "1"
        case time():
            return f"{value:%H:%M}"
        case list():
            own = ["own"] if setting.kind == "own_days" else []
            return ",".join(map(str, [*own, *value]))
        case int() | float():
            return f"{value / _SCALES.get(setting.kind, 1):.10g}"
        case _:
            return str(value)


def read(setting: Setting, typed: str) -> Any:
    """Return the value that was typed, for the command to look at.

    Raises:
        ValueError: it is no time or no number.
    """
    reads = _READS.get(setting.kind)
    return typed if reads is None else reads(typed)


def changes_of(settings: Iterable[Setting], stored: Texts, typed: Texts) -> dict[str, Any]:
    """Return what was typed otherwise than it is stored, by field.

    Raises:
        InvalidInput: naming each field that is no time or no number, and then all that are out of
            their limits.
    """
    found: dict[str, Any] = {}
    wrong = []
    for one in settings:
        text = plain(typed.get(one.name, ""))
        if _is_same(one, text, stored[one.name]):
            continue
        try:
            found[one.name] = read(one, text)
        except ValueError:
            wrong.append(FieldError(f"/{one.name}", ""))
    if wrong:
        all_wrong = [*wrong, *_out_of_limits(found)]
        raise InvalidInput(gettext("Something does not fit yet."), all_wrong)
    return found


def _out_of_limits(found: Mapping[str, Any]) -> Sequence[FieldError]:
    """Return what is wrong with fields that could be read, so that all is said at once."""
    try:
        check_limits(found)
    except InvalidInput as error:
        return error.errors
    return ()


def boxes_of(
    settings: Iterable[Setting], stored: Texts, typed: Texts | None, error: AppError | None
) -> dict[str, Box]:
    """Return the fields as they are shown, by name: as typed, else as stored."""
    wrong = {one.pointer.removeprefix("/"): one.detail for one in error.errors} if error else {}
    is_stale = isinstance(error, Stale)
    found = {}
    for one in settings:
        there = stored[one.name]
        text = there if typed is None else plain(typed.get(one.name, ""))
        bounds = {name: number(most) for name, most in one.values.items()}
        what = gettext(one.takes) % bounds if one.takes else ""
        said = _said(one, wrong[one.name], what) if one.name in wrong else ""
        is_other = is_stale and not _is_same(one, text, there)
        found[one.name] = Box(one, what, text, there if is_other else None, said)
    return found


def refusal(error: AppError, names: Mapping[str, str], boxes: Mapping[str, Box]) -> str:
    """Return the sentence above a form that was not saved; empty where all is said at its field.

    `names` are those of fields as the audit has them, in words.
    """
    if isinstance(error, Stale):
        return _meanwhile(error, names)
    places = {one.pointer.removeprefix("/") for one in error.errors}
    return "" if places and places <= boxes.keys() else message_of(error)


def plain(typed: str) -> str:
    """Return a text as it is stored: without spaces around it, its lines ended as ours are."""
    return typed.replace("\r\n", "\n").strip()


def _is_same(setting: Setting, typed: str, stored: str) -> bool:
    """Return whether nothing else was typed; browsers write colours in their own way."""
    if setting.kind == "colour":
        return typed.casefold() == stored.casefold()
    return typed == stored


def _meanwhile(error: Stale, names: Mapping[str, str]) -> str:
    """Return who changed what since the form was shown."""
    who = list(dict.fromkeys(name_in_words(one.who) for one in error.changes))
    fields = dict.fromkeys(field for one in error.changes for field in one.fields)
    what = [gettext(names[one]) for one in fields if one in names]
    if not who or not what:
        return gettext("This was changed after you opened it.")
    return gettext("%(who)s changed this after you opened it: %(what)s.") % {
        "who": listing(who),
        "what": listing(what),
    }


def _said(setting: Setting, detail: str, what: str) -> str:
    """Return what is wrong with a field; what it takes, where nothing better can be said."""
    said = translated(detail)
    is_foreign = said == detail and present().code != SOURCE
    if not detail or is_foreign or setting.kind in _READS:
        return what or gettext("This does not fit.")
    is_whole = said[:1].isupper() or said[:1] in "“„"
    sentence = said if is_whole else f"{gettext(setting.label)} {said}"
    return sentence if sentence.endswith(".") else f"{sentence}."


def _read_hour(typed: str) -> time:
    if not _HOUR.fullmatch(typed):
        raise ValueError("no time")
    return time.fromisoformat(typed)


def _read_days(typed: str) -> list[int]:
    return sorted({int(one) for one in typed.split(",") if one and one != "own"})


def _read_number(typed: str) -> float:
    found = float(typed.replace(",", "."))
    if not abs(found) <= _MOST:  # said so that NaN is none either
        raise ValueError("no number")
    return found


_READS: Final[Mapping[str, Callable[[str], Any]]] = {
    "yes": bool,
    "hour": _read_hour,
    "days": _read_days,
    "own_hour": lambda typed: _read_hour(typed) if typed else None,
    "own_days": lambda typed: _read_days(typed) if typed else None,
    "number": int,
    "minutes": lambda typed: round(_read_number(typed) * _SCALES["minutes"]),
    "percent": lambda typed: _read_number(typed) * _SCALES["percent"],
}
"""How what is typed is read, by the kind of its field; a text is taken as it is."""
