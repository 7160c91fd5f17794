"""The settings between two `---` lines at the top of a Markdown digest: `key: value`, as typed.

It looks like YAML and is none, so that `#`, `:`, `!` and brackets in a value stay what they are. As
in YAML, a line that begins with `#` is a remark, an indented line goes on with the value before it,
and a value that stands in quotation marks as a whole is what stands between them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from app.characters import cut
from app.content.drafts import Sponsor
from app.content.errors import at_line, refusal
from app.content.limits import ISSUE_TEXTS, issue_texts, sponsor_faults, text_faults
from app.content.normal import one_line
from app.errors import FieldError

FENCE: Final = "---"
MAX_CHARACTERS: Final = 8_000
_MOST: Final = {"date": 10, **ISSUE_TEXTS}
_SPONSOR: Final = {"sponsor": "text", "sponsor_label": "label", "sponsor_url": "url"}
_KNOWN: Final = (*_MOST, *_SPONSOR)
_ENTRY = re.compile(r"""(['\"]?)([^:'\"]+)\1:(.*)""")
_BLOCK = re.compile(r"[>|][+-]?")
_SINGLE = re.compile(r"'((?:[^']|'')*)'")
_DOUBLE = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ESCAPED = re.compile(r'\\(["\\])')


@dataclass(frozen=True)
class FrontMatter:
    """What an issue says of itself; all of it may be missing."""

    issued_on: date | None = None
    subject: str = ""
    preheader: str = ""
    opening: str = ""
    sign_off: str = ""
    sponsor: Sponsor | None = None


def split_front_matter(lines: Sequence[str]) -> tuple[FrontMatter, int]:
    """Return the front matter, and how many lines it takes with its fences; none is zero lines.

    Raises ContentError where it is open-ended, too long, holds another line than `key: value`, or
    says something other than a date, the issue's own texts and a sponsor.
    """
    if not lines or lines[0] != FENCE:
        return FrontMatter(), 0
    try:
        end = lines.index(FENCE, 1)
    except ValueError as error:
        place = at_line(1, "the closing --- is missing")
        raise refusal("The front matter does not end.", [place]) from error
    if sum(len(line) + 1 for line in lines[1:end]) - 1 > MAX_CHARACTERS:
        place = at_line(1, f"at most {MAX_CHARACTERS:,} characters")
        raise refusal("The front matter is too long.", [place])
    return _front_matter(_entries(lines[1:end])), end + 1


def write_front_matter(front: FrontMatter) -> str:
    """Return the two fences and what stands between them, ending in a newline."""
    given = {"date": front.issued_on, **issue_texts(front)}
    if front.sponsor:
        given |= {key: getattr(front.sponsor, field) for key, field in _SPONSOR.items()}
    entries = (f"{key}: {_quoted(str(value))}\n" for key, value in given.items() if value)
    return f"{FENCE}\n{''.join(entries)}{FENCE}\n"


def _entries(lines: Sequence[str]) -> list[tuple[str, str, int]]:
    """Return key, value and line of every entry; ContentError at a line that is none."""
    entries: list[tuple[str, list[str], int]] = []
    for number, line in enumerate(lines, start=2):
        if not line or line.startswith("#"):
            continue
        if line[0].isspace() and entries:
            entries[-1][1].append(line)
            continue
        found = _ENTRY.fullmatch(line)
        if not found:
            place = at_line(number, "only lines such as `subject: …`")
            raise refusal("The front matter is more than a list of settings.", [place])
        key = "_".join(re.split(r"[\s_-]+", found[2].strip().lower()))
        entries.append((key, [found[3].strip()], number))
    return [(key, _value(parts), number) for key, parts, number in entries]


def _value(parts: Sequence[str]) -> str:
    """Return the text that the lines of a value say: the first, and those that go on with it."""
    begun = parts[1:] if len(parts) > 1 and _BLOCK.fullmatch(parts[0]) else parts
    return _unquoted(one_line(" ".join(begun)))


def _unquoted(value: str) -> str:
    """Return what stands in quotation marks; any other value, and marks inside it, as typed."""
    if found := _SINGLE.fullmatch(value):
        return found[1].replace("''", "'")
    if found := _DOUBLE.fullmatch(value):
        return _ESCAPED.sub(r"\1", found[1])
    return value


def _quoted(value: str) -> str:
    """Return the value as it must be written for `_value` to give it back."""
    if _unquoted(value) == value:
        return value
    doubled = value.replace("'", "''")
    return f"'{doubled}'"


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
        sponsor=sponsor,
        **{name: found.get(name, "") for name in ISSUE_TEXTS},
    )


def _sponsor(found: Mapping[str, str]) -> Sponsor | None:
    values = {field: found.get(key, "") for key, field in _SPONSOR.items()}
    return Sponsor(**values) if any(values.values()) else None


def _faults(key: str, value: str, found: dict[str, str]) -> Iterator[str]:
    if key not in _KNOWN:
        yield f"unknown key {cut(key, 60)!r}; known are {', '.join(_KNOWN)}"
        return
    if key in found:
        yield f"{key} is given twice"
    if key == "date" and value and not is_date(value):
        yield "date must be like 2026-11-23"
    elif key in _MOST:
        yield from (f"{key} {fault}" for fault in text_faults(value, _MOST[key]))


def is_date(text: str) -> bool:
    """Return whether it is a day of the calendar, written 2026-11-23."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
