"""The marks of the digest text form: what one line means, or two that say the same."""

import re
from collections.abc import Sequence
from enum import Enum, auto
from itertools import pairwise
from typing import Final

from app.content.escapes import leading, unescape
from app.content.headings import join_heading, split_heading
from app.content.lines import Kind, Line
from app.content.marks import MARKED, SECTIONED

BANNER: Final = "Fresh Devoured"
END_MARK: Final = "Digest devoured!"
SUMMARY: Final = "Summary"
POINT: Final = "  • "
FIELDS: Final = {one.mark: one.name for one in MARKED if one.name != "category"}
SECTIONS: Final = {one.mark: one.name for one in SECTIONED}

_NAMES: Final = {mark.lower(): name for mark, name in (FIELDS | SECTIONS).items()}
_FIELD = re.compile(rf"({'|'.join(FIELDS)})\s*:\s*(.*)|{SUMMARY}", re.IGNORECASE)
_SECTION = re.compile(rf"({'|'.join(SECTIONS)})\s*:?", re.IGNORECASE)
_POINT = re.compile(r"•\s*(.*)")
_LIST_ITEM = re.compile(r"(?:•\s*|[-*–]\s+)(.*)")


class Zone(Enum):
    """Where a line stands: outside stories, among fields, in a list or in an article."""

    OUTSIDE = auto()
    FIELDS = auto()
    LIST = auto()
    ARTICLE = auto()


def heading_pairs(lines: Sequence[str]) -> dict[int, int]:
    """First line → second line of every heading said twice, counted from 0, in one pass."""
    pairs: dict[int, int] = {}
    solid = [index for index, line in enumerate(lines) if line]
    last = -1
    for first, second in pairwise(solid):
        if first != last and is_pair(lines, first, second):
            pairs[first] = last = second
    return pairs


def is_pair(lines: Sequence[str], first: int, second: int) -> bool:
    """Whether two lines, with nothing but blank ones between, start a story."""
    apart = second - first > 1
    return apart and lines[first] == lines[second] and heading_of(lines[first]) is not None


def heading_of(line: str) -> tuple[str, str] | None:
    """Title and label of a line that, said twice, starts a story; never indented or escaped."""
    slashes = leading(line)
    if line[:1].isspace() or slashes % 2:
        return None
    return split_heading(line[slashes // 2 :])


def heading_line(title: str, label: str) -> str:
    """The inverse of `heading_of`: backslashes that begin a title are doubled."""
    return "\\" * leading(title) + join_heading(title, label)


def line_of(number: int, raw: str, zone: Zone) -> Line | None:
    """What a line outside heading pairs means in its zone; None for the banner."""
    if not raw:
        return Line(Kind.BLANK, number, raw)
    if raw == END_MARK:
        return Line(Kind.END, number, raw)
    if zone is Zone.ARTICLE:
        return Line(Kind.PLAIN, number, raw, text=unescape(raw, looks_in_article))
    text = raw.strip()
    if zone is Zone.OUTSIDE and text == BANNER:
        return None
    marked = _marked(number, raw, text, _LIST_ITEM if zone is Zone.LIST else _POINT)
    return marked or Line(Kind.PLAIN, number, raw, text=unescape(text, looks))


def _marked(number: int, raw: str, text: str, item: re.Pattern[str]) -> Line | None:
    if found := _FIELD.fullmatch(text):
        name = _NAMES[(found[1] or SUMMARY).lower()]
        return Line(Kind.FIELD, number, raw, name=name, text=found[2] or "")
    if found := _SECTION.fullmatch(text):
        return Line(Kind.SECTION, number, raw, name=_NAMES[found[1].lower()])
    if found := item.fullmatch(text):
        return Line(Kind.BULLET, number, raw, text=found[1])
    return None


def zone_after(line: Line, zone: Zone) -> Zone:
    """Where the next line stands."""
    if line.kind is Kind.END:
        return Zone.OUTSIDE
    if line.kind is Kind.HEADING:
        return Zone.FIELDS
    if zone is Zone.OUTSIDE or line.kind not in (Kind.FIELD, Kind.SECTION):
        return zone
    if line.kind is Kind.FIELD:
        return Zone.FIELDS
    return Zone.ARTICLE if line.name == "article" else Zone.LIST


def is_mark(text: str) -> bool:
    """Whether a line among the fields is a mark whatever stands around it."""
    return text == END_MARK or _marked(0, text, text, _POINT) is not None


def looks(text: str) -> bool:
    """Whether a line among the fields looks like a mark, its leading backslashes aside."""
    return is_mark(text.lstrip("\\")) or split_heading(text) is not None


def looks_in_article(text: str) -> bool:
    """Whether a line of an article looks like a mark, its leading backslashes aside."""
    return text.lstrip("\\") == END_MARK or split_heading(text) is not None
