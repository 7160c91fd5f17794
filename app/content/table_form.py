"""A table with a row of names above it, as it is pasted from a spreadsheet or a page.

Cells are divided by tabs, a cell of several lines or with a tab in quotation marks as spreadsheets
copy it; or by `|`, a row on one line. Each row is a story. Nothing is written in this form.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.content import reasons
from app.content.drafts import Digest, StoryDraft, Unplaced
from app.content.errors import at_line, refusal
from app.content.headings import Heading, markdown_heading
from app.content.limits import faults, story_count_fault
from app.content.matching import match_key
from app.content.normal import normal, one_line
from app.content.terms import split_term
from app.errors import FieldError
from app.story_fields import MAX_CATEGORY, MAX_LABEL, STORY_FIELDS
from app.web_addresses import is_web_address

_ALIASES: Final = {
    "headline": "Title",
    "read time": "Label",
    "reading time": "Label",
    "section": "Category",
    "topic": "Category",
    "url": "Link",
    "why": "Why it matters",
    "article": "Original article",
}
_BY_MARK: Final = {one.mark.casefold(): one.name for one in STORY_FIELDS}
COLUMNS: Final = _BY_MARK | {name: _BY_MARK[m.casefold()] for name, m in _ALIASES.items()}
_FEWEST: Final = 3
"""A row of names has so many that are known: a line with a tab in it is no table yet."""
_CELL = re.compile(r'"((?:[^"]|""){0,200000})"(?=[\t\n]|\Z)|([^\t\n]*)')
_RULE = re.compile(r"[|:\-\s]+")
_BULLET = re.compile(r"[•·*-]\s+")


@dataclass(frozen=True)
class _Row:
    """A row, with the number of its first line, from 1, and its text as it was pasted."""

    line: int
    raw: str
    cells: tuple[str, ...]


def parse_table(lines: Sequence[str]) -> Digest | None:
    """Return the digest that a table tells; None where the first line is no row of names.

    Raises ContentError for more stories than we take, and for texts out of bounds.
    """
    first = next((index for index, line in enumerate(lines) if line), len(lines))
    rows = list(_rows(lines, first))
    columns = [COLUMNS.get(match_key(cell).rstrip(":?")) for cell in rows[0].cells] if rows else []
    if "title" not in columns or len(set(columns) - {None}) < _FEWEST:
        return None
    stories: list[StoryDraft] = []
    unplaced: list[Unplaced] = []
    errors: list[FieldError] = []
    for row in rows[1:]:
        fields, left = _fields(row, columns)
        story = _story(fields)
        if not story.title:
            unplaced.append(Unplaced(row.line, row.raw, reasons.ROW_WITHOUT_TITLE))
            continue
        stories.append(story)
        errors += [at_line(row.line, f"{path} {detail}") for path, detail in faults(story)]
        if left:
            reason = reasons.no_column(", ".join(f"“{cell}”" for cell in left)[:100])
            unplaced.append(Unplaced(row.line, row.raw, reason, story.title))
    if fault := story_count_fault(len(stories)):
        raise refusal(f"The digest {fault}.")
    if errors:
        raise refusal("Parts of the digest are out of bounds.", errors)
    return Digest(tuple(stories), tuple(unplaced))


def _rows(lines: Sequence[str], first: int) -> Iterator[_Row]:
    """Yield the rows from this line on; those without a cell and rules of `|---|` are left out."""
    if first < len(lines) and "\t" not in lines[first]:
        for number, line in enumerate(lines[first:], start=first + 1):
            if line and not _RULE.fullmatch(line):
                cells = line.strip().removeprefix("|").removesuffix("|").split("|")
                yield _Row(number, line, tuple(cell.strip() for cell in cells))
        return
    text = "\n".join(lines[first:])
    at, number = 0, first + 1
    while at < len(text):
        begin, cells = at, []
        while found := _CELL.match(text, at):
            quoted = found[1]
            cells.append(found[2] if quoted is None else quoted.replace('""', '"'))
            at = found.end()
            if text[at : at + 1] != "\t":
                break
            at += 1
        raw = text[begin:at]
        if raw.strip():
            yield _Row(number, raw, tuple(cells))
        number += raw.count("\n") + 1
        at += 1


def _fields(row: _Row, columns: Sequence[str | None]) -> tuple[dict[str, str], list[str]]:
    """Return the texts of a row by field, and its cells that no field takes."""
    fields: dict[str, str] = {}
    left: list[str] = []
    for place, cell in enumerate(row.cells):
        name = columns[place] if place < len(columns) else None
        if not cell.strip():
            continue
        if name is None or name in fields or not _fits(name, one_line(cell)):
            left.append(one_line(cell))
        else:
            fields[name] = cell
    return fields, left


def _fits(name: str, text: str) -> bool:
    """Return whether a cell can be what its column is named: not if it is too long for it."""
    if name == "url":
        return is_web_address(text)
    most = {"category": MAX_CATEGORY, "label": MAX_LABEL}.get(name)
    return most is None or len(text) <= most


def _story(fields: dict[str, str]) -> StoryDraft:
    title = fields.get("title", "")
    heading = markdown_heading(title)
    is_other_link = heading.url not in ("", fields.get("url", heading.url).strip())
    if is_other_link or (heading.label and "label" in fields):
        heading = Heading(title)  # its own label or link would be lost beside the columns'
    texts: dict[str, Any] = {"label": heading.label, "url": heading.url, **fields}
    points = [_BULLET.sub("", line, count=1) for line in texts.pop("deep_dive", "").split("\n")]
    terms = [_BULLET.sub("", line, count=1) for line in texts.pop("decoder", "").split("\n")]
    return normal(
        StoryDraft(
            **{**texts, "title": heading.title},
            deep_dive=tuple(points),
            decoder=tuple(split_term(one_line(line)) for line in terms),
        )
    )
