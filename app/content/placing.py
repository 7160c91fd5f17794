"""An unplaced line, put into the field of a story that a person names."""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any, Final

from app.content.drafts import StoryDraft
from app.content.headings import split_heading
from app.content.lines import Kind, Line
from app.content.normal import one_line
from app.content.terms import split_term
from app.content.text_marks import Zone, line_of


class PlaceField(StrEnum):
    """Where a line can be put; as a title it begins a story of its own."""

    TITLE = "title"
    URL = "url"
    SUMMARY = "summary"
    WHAT = "what"
    WHY_IT_MATTERS = "why_it_matters"
    TAKEAWAY = "takeaway"
    DEEP_DIVE = "deep_dive"
    DECODER = "decoder"
    ARTICLE = "article"


ADDED_TO: Final = frozenset(PlaceField) - {PlaceField.TITLE, PlaceField.URL}
"""The fields at whose end a line can go on; there is one title and one link."""


def field_above(begun: Mapping[str, int], line: Line) -> str:
    """Return the field that a line says it is of, else the one that began last above it.

    `begun` are the lines where the parts of its story begin, by their paths.
    """
    above = [path for path, number in begun.items() if path and number <= line.number]
    last = max(above, key=begun.__getitem__, default="").partition("/")[0]
    field = line.name if line.kind in (Kind.FIELD, Kind.SECTION) else last
    return field if field in ADDED_TO else PlaceField.SUMMARY.value


def line_begun(path: str, begun: Mapping[str, int]) -> int:
    """Return the line where the part of a story that the path names began."""
    while path not in begun:
        path = path.rpartition("/")[0]
    return begun[path]


def place(story: StoryDraft, field: PlaceField, line: str) -> StoryDraft:
    """Return the story with the line at the end of this field.

    A point's mark and the field's own mark are left out. A link and a title are replaced, since
    there is one of each.
    """
    text = _without_mark(line, field)
    match field:
        case PlaceField.TITLE:
            title, label = split_heading(text) or (text, "")
            return replace(story, title=title, label=label)
        case PlaceField.URL:
            return replace(story, url=text)
        case PlaceField.DEEP_DIVE:
            return replace(story, deep_dive=(*story.deep_dive, text))
        case PlaceField.DECODER:
            return replace(story, decoder=(*story.decoder, split_term(text)))
        case PlaceField.ARTICLE:
            return replace(story, article=f"{story.article}\n{line}")
        case _:
            before = getattr(story, field.value)
            changed: dict[str, Any] = {field.value: f"{before} {text}"}
            return replace(story, **changed)


def _without_mark(line: str, field: PlaceField) -> str:
    read = line_of(0, line.rstrip(), Zone.LIST)
    if read and (read.kind is Kind.BULLET or read.name == field):
        return one_line(read.text)
    return one_line(line)
