"""The digest text form, read and written; docs/digest-forms.md explains it to editors.

A heading said twice with a blank line between starts a story. In an article nothing else is a
mark but the end mark, so that a pasted text needs no care.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from app.content.assemble import Shape, assemble
from app.content.drafts import Digest, StoryDraft
from app.content.escapes import escape, leading
from app.content.lines import Kind, Line, lines_of
from app.content.marks import MARKED
from app.content.normal import without_label
from app.content.terms import join_term, split_term
from app.content.text_marks import (
    BANNER,
    END_MARK,
    POINT,
    SUMMARY,
    Zone,
    heading_line,
    heading_of,
    heading_pairs,
    is_mark,
    is_pair,
    line_of,
    looks,
    looks_in_article,
    zone_after,
)

_SHAPE: Final = Shape(slots=("category", "summary"), split_term=split_term)


def parse_text(text: str) -> Digest:
    """The digest that a text in this form tells.

    One pass over the lines. Raises ContentError for more lines or stories than we take, and for
    texts out of bounds.
    """
    return assemble(_read(lines_of(text)), _SHAPE)


def write_text(stories: Iterable[StoryDraft]) -> str:
    """The text from which `parse_text` reads these stories, which are in normal form."""
    lines = [_Written(BANNER)]
    for story in stories:
        lines += [*_story_lines(story), _Written("")]
    return "\n".join([*_without_false_headings(lines), END_MARK, ""])


def _read(lines: Sequence[str]) -> Iterator[Line]:
    seconds = heading_pairs(lines)
    zone, done = Zone.OUTSIDE, 0
    for index, raw in enumerate(lines):
        if index < done:
            continue
        if index in seconds:
            title, label = heading_of(raw) or ("", "")
            line: Line | None = Line(Kind.HEADING, index + 1, raw, text=title, label=label)
            done = seconds[index] + 1
        else:
            line = line_of(index + 1, raw, zone)
        if line:
            zone = zone_after(line, zone)
            yield line


@dataclass(frozen=True, slots=True)
class _Written:
    """A line to write; `plain` ones may get a backslash, `content` is what follows a mark."""

    text: str
    heading: bool = False
    plain: bool = False
    content: str = ""


def _story_lines(story: StoryDraft) -> Iterator[_Written]:
    heading = _Written(heading_line(story.title, story.label), heading=True)
    yield from (heading, _Written(""), heading, _Written(""))
    if story.category:
        is_labelled = without_label(story.category) != story.category
        yield _plain(f"Category: {story.category}" if is_labelled else story.category)
    elif story.summary:
        yield _Written(SUMMARY)
    if story.summary:
        yield _plain(story.summary)
    yield from _field_lines(story)
    yield from _list_lines("Deep dive", story.deep_dive)
    yield from _list_lines("Decoder", [join_term(entry) for entry in story.decoder])
    if story.article:
        yield from (_Written("Original article"), _Written(""))
        yield from (_article_line(line) for line in story.article.split("\n"))


def _field_lines(story: StoryDraft) -> Iterator[_Written]:
    for one in MARKED:
        content = getattr(story, one.name)
        if content and one.name not in _SHAPE.slots:
            yield _Written(f"{one.mark}: {content}", content=content)


def _list_lines(mark: str, items: Sequence[str]) -> Iterator[_Written]:
    if items:
        yield _Written(mark)
        yield from (_Written(POINT + item) for item in items)


def _plain(text: str) -> _Written:
    # A heading's look alone is harmless; the pass over the whole text finds the pairs.
    return _Written(escape(text, looks if leading(text) else is_mark), plain=True)


def _article_line(text: str) -> _Written:
    sure = looks_in_article if leading(text) else END_MARK.__eq__
    return _Written(escape(text, sure), plain=True)


def _without_false_headings(lines: Sequence[_Written]) -> Iterator[str]:
    """The texts, changed where one that is no heading would be read as a pair with the next."""
    texts = [line.text for line in lines]
    solid = [index for index, text in enumerate(texts) if text]
    false = {
        first
        for first, second in pairwise(solid)
        if not lines[first].heading and is_pair(texts, first, second)
    }
    for index, line in enumerate(lines):
        yield from _disguised(line) if index in false else (line.text,)


def _disguised(line: _Written) -> Iterator[str]:
    """The same meaning in other lines: a backslash before, or the content on a line below."""
    if line.plain:
        yield "\\" + line.text
    else:
        yield line.text.removesuffix(line.content).rstrip()
        yield _plain(line.content).text
