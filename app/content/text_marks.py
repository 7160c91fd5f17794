"""The marks of the digest text form: what one line means, or two that say the same."""

import re
from collections.abc import Mapping, Sequence
from enum import Enum, auto
from itertools import pairwise
from typing import Final

from app.content.escapes import leading, unescape
from app.content.headings import (
    Heading,
    bare_heading,
    is_label,
    is_labelled,
    join_heading,
    protect,
    read_heading,
    split_heading,
)
from app.content.lines import Kind, Line
from app.content.marks import IT_LEADS, LEAD, MARKED, SECTIONED
from app.content.matching import match_key, trimmed

BANNER: Final = "Fresh Devoured"
END_MARK: Final = "Digest devoured!"
SUMMARY: Final = "Summary"
POINT: Final = "  • "
FIELDS: Final = {one.mark: one.name for one in MARKED}
SECTIONS: Final = {one.mark: one.name for one in SECTIONED}

_FIELD_NAMES: Final = {mark.casefold(): name for mark, name in FIELDS.items()} | {
    LEAD.casefold(): "lead"
}
_SECTION_NAMES: Final = {mark.casefold(): name for mark, name in SECTIONS.items()}
_LONGEST_MARK: Final = 40
_BANNER_KEY: Final = match_key(BANNER)
_END_KEY: Final = match_key(END_MARK)
_HEAD = re.compile(r"([^:：\t]{1,40})(?:[:：]|\t+)(.*)", re.DOTALL)  # noqa: RUF001  # the wide colon
_DRESS: Final = "*_# "
_STARS = re.compile(r"\s*[*_]{1,3}(?=\s|\Z)")
_ADDRESS = re.compile(r"<?(https?://[^\s<>]+)>?", re.IGNORECASE)
_LABEL_END = re.compile(
    r"\(?(?:\d{1,3}[\s-]*)?(?:min(?:ute)?s?\.?[\s-]*)?(?:read)?\)", re.IGNORECASE
)
_KEEPS_OPEN: Final = frozenset({"category", "label", "lead", "url"})
_POINT = re.compile(r"[•·◦▪‣●○]\s*(.*)")
_LIST_ITEM = re.compile(r"(?:[•·◦▪‣●○]\s*|[-*–—]\s+|o\t+)(.*)")


class Zone(Enum):
    """Where a line stands; OPENING is before a story's first mark."""

    OUTSIDE = auto()
    OPENING = auto()
    FIELDS = auto()
    LIST = auto()
    ARTICLE = auto()


def heading_pairs(lines: Sequence[str]) -> dict[int, int]:
    """Map the first line of each heading said twice to the second, counted from 0, in one pass."""
    pairs: dict[int, int] = {}
    solid = [index for index, line in enumerate(lines) if line]
    headings = {index: heading_of(lines[index]) for index in solid}
    last = -1
    for first, second in pairwise(solid):
        if first != last and second - first > 1 and _are_one(headings[first], headings[second]):
            pairs[first] = last = second
    return pairs


def is_pair(lines: Sequence[str], first: int, second: int) -> bool:
    """Return whether two lines, with nothing but blank ones between, start a story."""
    apart = second - first > 1
    return apart and _are_one(heading_of(lines[first]), heading_of(lines[second]))


def _are_one(one: Heading | None, other: Heading | None) -> bool:
    return one is not None and other is not None and one.key == other.key


def heading_of(line: str) -> Heading | None:
    """Return what a line that stands twice says as a heading; it is never indented or escaped."""
    slashes = leading(line)
    if line[:1].isspace() or slashes % 2:
        return None
    return read_heading(line[slashes // 2 :])


def bare_heading_of(line: str) -> Heading:
    """Return what a line says that starts a story, with a label or without."""
    return heading_of(line) or bare_heading(line[leading(line) // 2 :])


def is_lost(line: str) -> bool:
    """Return whether a line that starts no story looks like a heading all the same."""
    return is_labelled(line) and heading_of(line) is not None


def heading_line(title: str, label: str) -> str:
    """Return the inverse of `heading_of`: backslashes that begin a title are doubled."""
    safe = protect(title)
    return "\\" * leading(safe) + join_heading(safe, label)


def line_of(number: int, raw: str, zone: Zone, *, starts: bool = False) -> Line | None:
    """Return what a line outside headings means in its zone; None for the banner.

    `starts` says that it would start a story by what follows it, were it not escaped.
    """
    if not raw or is_end(raw):
        return Line(Kind.END if raw else Kind.BLANK, number, raw)
    if zone is Zone.ARTICLE:
        text = unescape(raw, lambda line: starts or looks_like_mark_in_article(line))
        return Line(Kind.PLAIN, number, raw, text=text)
    text = raw.strip()
    if zone is Zone.OUTSIDE and is_banner(text):
        return None
    item = _LIST_ITEM if zone is Zone.LIST else _POINT
    address = _ADDRESS.fullmatch(text) if zone is Zone.OPENING else None
    if address:
        return Line(Kind.FIELD, number, raw, name="url", text=address[1])
    plain = unescape(text, lambda line: starts or looks_like_mark(line))
    return _marked(number, raw, text, item) or Line(Kind.PLAIN, number, raw, text=plain)


def is_end(line: str) -> bool:
    """Return whether the line is the end mark."""
    return len(line) <= _LONGEST_MARK and match_key(line) == _END_KEY


def is_banner(line: str) -> bool:
    """Return whether the line is the banner, which counts before stories alone."""
    return len(line) <= _LONGEST_MARK and match_key(line) == _BANNER_KEY


def mark_name(line: str) -> str:
    """Return the field or section that a line is the mark of, or `point`; empty for neither."""
    text = line.strip()
    if _ADDRESS.fullmatch(text):
        return "url"
    marked = _marked(0, line, text, _POINT)
    return (marked.name or "point") if marked else ""


def _marked(number: int, raw: str, text: str, item: re.Pattern[str]) -> Line | None:
    if found := item.fullmatch(text):
        return Line(Kind.BULLET, number, raw, text=found[1])
    if len(text) <= _LONGEST_MARK:
        alone = match_key(text).strip(_DRESS)
        if name := _SECTION_NAMES.get(alone.removesuffix(":").strip(_DRESS)):
            return Line(Kind.SECTION, number, raw, name=name)
        if alone == SUMMARY.casefold():
            return Line(Kind.FIELD, number, raw, name="summary")
        if is_label(trimmed(text)):
            return Line(Kind.FIELD, number, raw, name="label", text=trimmed(text))
    said = said_behind(text, _FIELD_NAMES)
    if not said or not _fits(*said):
        return None
    return Line(Kind.FIELD, number, raw, name=said[0], text=said[1].strip())


def said_behind(text: str, names: Mapping[str, str]) -> tuple[str, str] | None:
    """Return which of these marks a line begins with, by name, and what stands behind it.

    `names` are by the mark in lower case. A mark may be in bold or have a tab in place of a colon.
    """
    found = _HEAD.fullmatch(text)
    name = found and names.get(match_key(found[1]).strip(_DRESS))
    if not found or not name:
        return None
    content = found[2]
    if found[1].lstrip()[:1] in ("*", "_") and not found[1].rstrip().endswith(("*", "_")):
        content = _STARS.sub("", content, count=1) if _STARS.match(content) else content
    return name, content


def _fits(name: str, content: str) -> bool:
    """Return whether this makes a mark of a name that is text as well without it."""
    if name == "lead":
        return match_key(content).strip(_DRESS) == IT_LEADS
    return name != "category" or bool(content.strip())  # one may be called “Category:”


def zone_after(line: Line, zone: Zone) -> Zone:
    """Return the zone of the next line."""
    if line.kind is Kind.END:
        return Zone.OUTSIDE
    if line.kind is Kind.HEADING:
        return Zone.FIELDS if line.summary else Zone.OPENING
    if zone is Zone.OUTSIDE or line.kind not in (Kind.FIELD, Kind.SECTION):
        return zone
    if line.kind is Kind.FIELD:
        return zone if zone is Zone.OPENING and line.name in _KEEPS_OPEN else Zone.FIELDS
    return Zone.ARTICLE if line.name == "article" else Zone.LIST


def is_mark(text: str) -> bool:
    """Return whether a line among the fields is a mark whatever stands around it."""
    return is_end(text) or bool(mark_name(text)) or is_labelled(text)


def looks_like_mark(text: str) -> bool:
    """Return whether a line among the fields looks like a mark, its leading backslashes aside."""
    return is_mark(text.lstrip("\\")) or _is_heading(text)


def looks_like_mark_in_article(text: str) -> bool:
    """Return whether a line of an article looks like a mark, its leading backslashes aside."""
    return is_end(text.lstrip("\\")) or _is_heading(text)


def is_heading_end(line: str) -> bool:
    """Return whether a line looks like the last one of a heading that was wrapped."""
    return line.endswith(")") and (_LABEL_END.fullmatch(line) or split_heading(line)) is not None


def _is_heading(text: str) -> bool:
    bare = text.lstrip("\\")
    return is_heading_end(text) or is_heading_end(bare) or read_heading(bare) is not None
