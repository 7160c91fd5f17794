"""The YAML between two `---` lines at the top of a Markdown digest.

It is a flat mapping of a few known keys, so it is read from YAML's events: no value is built by
YAML, no alias is followed, no tag is obeyed, and `no` or `2026` stay what the editor typed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import yaml

from app.content.drafts import Sponsor
from app.content.errors import at_line, refusal
from app.content.limits import MAX_PREHEADER, MAX_SUBJECT, sponsor_faults, text_faults
from app.content.normal import one_line
from app.errors import FieldError

FENCE: Final = "---"
MAX_CHARACTERS: Final = 4_000
_MOST: Final = {"date": 10, "subject": MAX_SUBJECT, "preheader": MAX_PREHEADER}
_SPONSOR: Final = {"sponsor": "text", "sponsor_label": "label", "sponsor_url": "url"}
_KNOWN: Final = (*_MOST, *_SPONSOR)
_IN_A_MAPPING: Final = (
    yaml.StreamStartEvent,
    yaml.StreamEndEvent,
    yaml.DocumentStartEvent,
    yaml.DocumentEndEvent,
    yaml.MappingStartEvent,
    yaml.MappingEndEvent,
    yaml.ScalarEvent,
)


@dataclass(frozen=True)
class FrontMatter:
    """What an issue says of itself; all of it may be missing."""

    issued_on: date | None = None
    subject: str = ""
    preheader: str = ""
    sponsor: Sponsor | None = None


def split_front_matter(lines: Sequence[str]) -> tuple[FrontMatter, int]:
    """The front matter, and how many lines it takes with its fences; none is zero lines.

    Raises ContentError where it is open-ended, too long, no YAML, no flat mapping, or says
    something other than a date, a subject, a preheader and a sponsor.
    """
    if not lines or lines[0] != FENCE:
        return FrontMatter(), 0
    try:
        end = lines.index(FENCE, 1)
    except ValueError as error:
        place = at_line(1, "the closing --- is missing")
        raise refusal("The front matter does not end.", [place]) from error
    source = "\n".join(lines[1:end])
    if len(source) > MAX_CHARACTERS:
        place = at_line(1, f"at most {MAX_CHARACTERS:,} characters")
        raise refusal("The front matter is too long.", [place])
    return _front_matter(_pairs(source)), end + 1


def write_front_matter(front: FrontMatter) -> str:
    """The two fences and what stands between them, ending in a newline."""
    given = {
        "date": front.issued_on,
        "subject": front.subject,
        "preheader": front.preheader,
    }
    if front.sponsor:
        given |= {key: getattr(front.sponsor, field) for key, field in _SPONSOR.items()}
    mapping = {key: value for key, value in given.items() if value}
    body = yaml.safe_dump(mapping, allow_unicode=True, sort_keys=False, width=10_000)
    return f"{FENCE}\n{body if mapping else ''}{FENCE}\n"


def _pairs(source: str) -> list[tuple[str, str, int]]:
    """Key, value and line of every entry; ContentError where it is not a flat mapping."""
    try:
        events = list(_flat(yaml.parse(source, Loader=yaml.SafeLoader)))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = at_line(mark.line + 2 if mark else 1, error.problem or "is no YAML")
        raise refusal("The front matter is no YAML.", [place]) from error
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        # PyYAML checks that an escape such as \U00110000 is hexadecimal, not that it is Unicode.
        raise refusal("The front matter is no YAML.", [at_line(1, "is no YAML")]) from error
    keys, values = events[0::2], events[1::2]
    return [
        (key.value, value.value, key.start_mark.line + 2)
        for key, value in zip(keys, values, strict=True)
    ]


def _flat(events: Iterator[Any]) -> Iterator[Any]:
    """The scalars of one flat mapping, keys and values in turn."""
    depth = n_documents = 0
    for event in events:
        depth += isinstance(event, yaml.MappingStartEvent)
        depth -= isinstance(event, yaml.MappingEndEvent)
        n_documents += isinstance(event, yaml.DocumentStartEvent)
        scalar = isinstance(event, yaml.ScalarEvent)
        odd = not isinstance(event, _IN_A_MAPPING) or getattr(event, "anchor", None)
        if odd or depth > 1 or n_documents > 1 or (scalar and depth == 0):
            place = at_line(event.start_mark.line + 2, "only lines such as `subject: …`")
            raise refusal("The front matter is more than a list of settings.", [place])
        if scalar:
            yield event


def _front_matter(pairs: Sequence[tuple[str, str, int]]) -> FrontMatter:
    errors: list[FieldError] = []
    found: dict[str, str] = {}
    for key, value, line in pairs:
        errors += [at_line(line, fault) for fault in _faults(key, one_line(value), found)]
        found[key] = one_line(value)
    sponsor = _sponsor(found)
    lines = {key: line for key, _, line in pairs}
    names = {field: key for key, field in _SPONSOR.items()}
    for field, fault in sponsor_faults(sponsor) if sponsor else ():
        line = lines.get(names[field], min(lines.values()))
        errors.append(at_line(line, f"{names[field]} {fault}"))
    if errors:
        raise refusal("The front matter is not right.", errors)
    day = found.get("date")
    return FrontMatter(
        issued_on=date.fromisoformat(day) if day else None,
        subject=found.get("subject", ""),
        preheader=found.get("preheader", ""),
        sponsor=sponsor,
    )


def _sponsor(found: Mapping[str, str]) -> Sponsor | None:
    said = {field: found.get(key, "") for key, field in _SPONSOR.items()}
    return Sponsor(**said) if any(said.values()) else None


def _faults(key: str, value: str, found: dict[str, str]) -> Iterator[str]:
    if key not in _KNOWN:
        yield f"unknown key {key[:60]!r}; known are {', '.join(_KNOWN)}"
        return
    if key in found:
        yield f"{key} is given twice"
    if key == "date" and value and not is_date(value):
        yield "date must be like 2026-11-23"
    elif key in _MOST:
        yield from (f"{key} {fault}" for fault in text_faults(value, _MOST[key]))


def is_date(text: str) -> bool:
    """Whether it is a day of the calendar, written 2026-11-23."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
