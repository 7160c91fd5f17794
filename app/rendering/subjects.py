"""Subject and preheader by template: literal text and placeholders of a closed set, never code.

A placeholder stands in braces, as in `{publication}: {headlines}`. What is short is filled in
whole; headlines then share the room that is left, so that the line fits whatever the day brings.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from app.in_words import day_and_month, weekday
from app.rendering.lines import PREHEADER_CHARS, SUBJECT_CHARS, one_line, shortened

DEFAULT_SUBJECT: Final = "{headlines}"
DEFAULT_PREHEADER: Final = "{rest}"

PLACEHOLDERS: Final[Mapping[str, str]] = {
    "headlines": "the first headline, and the second where both fit",
    "first": "the first headline",
    "second": "the second headline",
    "rest": "the two headlines after those in the subject, or the first summary",
    "categories": "the categories of the edition, as AI and DevOps",
    "stories": "how many there are, as 9 stories",
    "minutes": "how long it takes to read, as 4 minutes",
    "weekday": "the day of the week",
    "date": "day and month, as 28 April",
    "publication": "the publication's name",
}
"""All there are, and what each says; `rest` is for the preheader alone."""

_PREHEADER_ONLY: Final = frozenset({"rest"})
_HEADLINES: Final[Mapping[str, int]] = {"headlines": 0, "first": 0, "second": 1, "rest": 0}
"""The placeholders that share the room, and how many headlines stand before what they say."""

_LEAST_ROOM: Final = 12
"""A headline cut shorter than this says nothing, and is left out."""

_PARTS: Final = re.compile(r"\{([^{}]*)\}|([^{}]+)|([{}])")
_SIGNS: Final = " \t·,;:|–—-/"


@dataclass(frozen=True)
class Day:
    """What the lines of one edition may say; `titles` and `summary` are its stories'."""

    publication: str
    issued_on: date
    categories: str
    stories: str
    minutes: str
    titles: tuple[str, ...]
    summary: str


def template_faults(template: str, *, is_subject: bool) -> Iterator[str]:
    """Yield what is wrong with a template, one sentence each; nothing when it can be used."""
    n_literal = 0
    for name, literal, brace in _parts(template):
        n_literal += len(literal)
        if brace:
            yield f"has a “{brace}” that belongs to no placeholder"
        elif not literal and name not in PLACEHOLDERS:
            yield f"“{{{name}}}” is no placeholder; there are {_listed(is_subject=is_subject)}"
        elif is_subject and name in _PREHEADER_ONLY:
            yield f"“{{{name}}}” is for the preheader alone"
    most = SUBJECT_CHARS if is_subject else PREHEADER_CHARS
    if n_literal > most - _LEAST_ROOM:
        yield f"has {n_literal} characters of its own, which leaves no room of {most}"


def subject_line(template: str, day: Day) -> tuple[str, int]:
    """Return the subject, at most 78 characters, and how many of the first headlines it holds."""
    line, n_said = _filled(template or DEFAULT_SUBJECT, day, SUBJECT_CHARS)
    if line:
        return line, n_said
    return _filled(DEFAULT_SUBJECT, day, SUBJECT_CHARS)


def preheader_line(template: str, day: Day, n_said: int) -> str:
    """Return the preheader, at most 150 characters; `n_said` headlines are in the subject."""
    return _filled(template or DEFAULT_PREHEADER, day, PREHEADER_CHARS, n_said)[0]


def _filled(template: str, day: Day, n_chars: int, n_said: int = 0) -> tuple[str, int]:
    """Return the filled line and how many headlines it holds.

    Short values are written whole; headlines get the room that is left.
    """
    fixed = {
        "categories": day.categories,
        "stories": day.stories,
        "minutes": day.minutes,
        "weekday": weekday(day.issued_on),
        "date": day_and_month(day.issued_on),
        "publication": day.publication,
    }
    parts = [
        (name, literal or one_line(fixed.get(name, ""))) for name, literal, _ in _parts(template)
    ]
    room = n_chars - sum(len(text) for _, text in parts)
    line, n_last, is_hole = "", 0, False
    for name, text in parts:
        if name not in _HEADLINES:
            # Where a headline is left out, so is the sign that would have divided it.
            line += f" {text.lstrip(_SIGNS)}" if is_hole else text
            is_hole = False
            continue
        part, n = _fitting(_wanted(name, day, n_said), room)
        room -= len(part)
        line += part
        is_hole = not part
        n_last = max(n_last, _HEADLINES[name] + n if n else 0)
    return shortened(one_line(line.rstrip(_SIGNS) if is_hole else line), n_chars), n_last


def _wanted(name: str, day: Day, n_said: int) -> list[str]:
    """Return what a placeholder would hold with enough room: one text, or several to join."""
    titles = [one_line(title) for title in day.titles]
    match name:
        case "headlines":
            return titles[:2]
        case "first":
            return titles[:1]
        case "second":
            return titles[1:2]
    joined = " · ".join(titles[n_said : n_said + 2])
    return [joined or one_line(day.summary)]


def _fitting(texts: Sequence[str], room: int) -> tuple[str, int]:
    """Return what fits of the texts, and how many of them it holds.

    That is all of them, else the first one shortened, else nothing.
    """
    both = " · ".join(texts)
    if len(both) <= room:
        return both, len(texts)
    return (shortened(texts[0], room), 1) if room >= _LEAST_ROOM else ("", 0)


def _parts(template: str) -> Iterator[tuple[str, str, str]]:
    """Yield (placeholder, literal text, stray brace) in their order; two of them are empty."""
    for found in _PARTS.finditer(template):
        yield (found[1] or "").strip(), found[2] or "", found[3] or ""


def _listed(*, is_subject: bool) -> str:
    names = [name for name in PLACEHOLDERS if not (is_subject and name in _PREHEADER_ONLY)]
    return ", ".join(f"{{{name}}}" for name in names)
