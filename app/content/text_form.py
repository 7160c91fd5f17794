"""The digest text form, read and written; docs/digest-forms.md explains it to editors.

A heading said twice with a blank line between starts a story, and one said once that is followed by
what a story begins with. In an article nothing else is a mark but the end mark, so that a pasted
text needs no care.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from app.content import reasons
from app.content.assemble import Shape, assemble
from app.content.drafts import Digest, StoryDraft
from app.content.escapes import IsMark, escape, leading
from app.content.headings import is_labelled
from app.content.issue_marks import OPENING, SIGN_OFF, looks_like_mark_outside, with_issue_texts
from app.content.lines import WRAPPED, Kind, Line, is_sentence, lines_of
from app.content.lone import LoneHeadings, lone_headings
from app.content.marks import IT_LEADS, LEAD, MARKED
from app.content.matching import match_key
from app.content.table_form import parse_table
from app.content.terms import join_term, split_term
from app.content.text_marks import (
    BANNER,
    END_MARK,
    POINT,
    SUMMARY,
    Zone,
    bare_heading_of,
    heading_line,
    heading_of,
    heading_pairs,
    is_end,
    is_lost,
    is_mark,
    is_pair,
    line_of,
    looks_like_mark,
    looks_like_mark_in_article,
    zone_after,
)
from app.content.wrapped import unwrapped, wrapped_headings

_SHAPE: Final = Shape(slots=("category", "summary"), split_term=split_term)


def parse_text(text: str, headings: Collection[int] = ()) -> Digest:
    """Return the digest that a text in this form, or a table, holds.

    The lines of the numbers `headings` begin a story, whatever they look like. One pass over the
    lines. Raises ContentError for more lines or stories than we take, and for texts out of bounds.
    """
    lines = lines_of(text)
    return parse_table(lines) or with_issue_texts(assemble(_read(lines, headings), _SHAPE), lines)


def write_text(digest: Digest) -> str:
    """Return the text from which `parse_text` reads the digest, which is in normal form.

    It has no place for the day, the subject, the preheader and the sponsor, and unplaced lines are
    not written: they belong to the text they were found in.
    """
    lines = [_Written(BANNER), *_issue_lines(OPENING, digest.opening)]
    if digest.opening:
        lines.append(_Written(""))
    for number, story in enumerate(digest.stories):
        lines += [*_story_lines(story, leads=number == digest.lead), _Written("")]
    lines += [_Written(END_MARK), *_issue_lines(SIGN_OFF, digest.sign_off)]
    return "\n".join([*_without_false_headings(lines), ""])


def _read(lines: Sequence[str], headings: Collection[int]) -> Iterator[Line]:
    numbers, texts = zip(*unwrapped(lines), strict=True)
    pairs = heading_pairs(texts)
    lone = lone_headings(texts, {*pairs, *pairs.values()})
    zone, done = Zone.OUTSIDE, 0
    for index, (number, raw) in enumerate(zip(numbers, texts, strict=True)):
        if index < done:
            continue
        again = None
        if index in pairs or number in headings or _starts(lone, index, raw, zone):
            last = pairs.get(index, lone.strong.get(index, index))
            done = last + 1
            line: Line | None = _heading(number, raw, texts[last])
            again = _said_otherwise(numbers[last], raw, texts[last])
        elif zone is Zone.ARTICLE and _is_cut_off(lone, index, texts):
            line = Line(Kind.LOST, number, raw, text=reasons.HEADING_WRAPPED)
        else:
            line = line_of(number, raw, zone, starts=index in lone.strong)
            if line and line.kind is Kind.PLAIN and zone is not Zone.ARTICLE and is_lost(raw):
                line = Line(Kind.LOST, number, raw, text=reasons.HEADING_ONCE)
        if line:
            zone = zone_after(line, zone)
            yield line
        if again:
            yield again


def _heading(number: int, first: str, second: str) -> Line:
    """Return the heading that two lines say, which may be one: what one lacks, the other has."""
    one, other = bare_heading_of(first), bare_heading_of(second)
    return Line(
        Kind.HEADING,
        number,
        first,
        text=one.title,
        label=one.label or other.label,
        url=one.url or other.url,
        summary=one.summary or other.summary,
    )


def _said_otherwise(number: int, first: str, second: str) -> Line | None:
    """Return what the second line of a heading says otherwise than the first, as a field."""
    one, other = bare_heading_of(first), bare_heading_of(second)
    for name in ("label", "url", "summary"):
        text, again = getattr(one, name), getattr(other, name)
        if text and again and match_key(text) != match_key(again):
            return Line(Kind.FIELD, number, second, name=name, text=again)
    return None


def _is_cut_off(lone: LoneHeadings, index: int, texts: Sequence[str]) -> bool:
    """Return whether a line begins a paragraph that goes on as a heading said once, below it."""
    if not texts[index] or (index and texts[index - 1]) or index + 1 == len(texts):
        return False
    is_wrapped = len(texts[index]) >= WRAPPED and not is_sentence(texts[index])
    return is_wrapped and _starts(lone, index + 1, texts[index + 1], Zone.ARTICLE)


def _starts(lone: LoneHeadings, index: int, raw: str, zone: Zone) -> bool:
    """Return whether a line that stands once starts a story here.

    Before a story's first mark and in an article more is asked for than elsewhere: any line may
    stand there.
    """
    row = heading_of(raw)
    if zone is not Zone.ARTICLE and row and row.summary:
        return True
    is_meant = index in lone.strong or index in lone.labelled
    if not is_meant or leading(raw) % 2 or raw[0].isspace():
        return False
    if zone is Zone.ARTICLE:
        return index in lone.told or (index in lone.strong and is_labelled(raw))
    return zone is not Zone.OPENING or index in lone.labelled


@dataclass(frozen=True, slots=True)
class _Written:
    """A line to write; `plain` ones may get a backslash.

    `content` is what follows a mark, and a plain line before it was escaped. On a line below its
    mark it is escaped where it looks as `escaped` says.
    """

    text: str
    heading: bool = False
    plain: bool = False
    content: str = ""
    escaped: IsMark = looks_like_mark


def _story_lines(story: StoryDraft, *, leads: bool) -> Iterator[_Written]:
    heading = _Written(heading_line(story.title, story.label), heading=True)
    yield from (heading, _Written(""), heading, _Written(""))
    if story.category:
        yield _plain(story.category)
    elif story.summary:
        yield _Written(SUMMARY)
    if story.summary:
        yield _plain(story.summary)
    if leads:
        yield _Written(f"{LEAD}: {IT_LEADS}")
    yield from _field_lines(story)
    yield from _list_lines("Deep dive", story.deep_dive)
    yield from _list_lines("Decoder", [join_term(entry) for entry in story.decoder])
    if story.article:
        yield from (_Written("Original article"), _Written(""))
        yield from (_article_line(line) for line in story.article.split("\n"))


def _issue_lines(mark: str, text: str) -> Iterator[_Written]:
    """Yield the lines of one of the issue's own texts, which nothing may take for a heading."""
    if is_labelled(f"{mark}: {text}"):
        yield from (_Written(f"{mark}:"), _Written(escape(text, looks_like_mark_outside)))
    elif text:
        yield _Written(f"{mark}: {text}", content=text, escaped=looks_like_mark_outside)


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
    # A heading's look alone is harmless; the pass over the whole text finds what would start one.
    return _Written(
        escape(text, looks_like_mark if leading(text) else is_mark), plain=True, content=text
    )


def _article_line(text: str) -> _Written:
    sure = looks_like_mark_in_article if leading(text) else is_end
    return _Written(escape(text, sure), plain=True, content=text)


def _without_false_headings(lines: Sequence[_Written]) -> Iterator[str]:
    """Yield the texts, changed where one that is no heading would be read as one."""
    texts = [line.text for line in lines]
    solid = [index for index, text in enumerate(texts) if text]
    false = {
        first
        for first, second in pairwise(solid)
        if not lines[first].heading and is_pair(texts, first, second)
    }
    strong = lone_headings(texts, {i for i, line in enumerate(lines) if line.heading}).strong
    false |= {last for last in wrapped_headings(texts).values() if not lines[last].heading}
    for index, line in enumerate(lines):
        if line.plain and index in strong:
            yield escape(line.content, lambda _: True)
        else:
            yield from _disguised(line) if index in false else (line.text,)


def _disguised(line: _Written) -> Iterator[str]:
    """Yield the same meaning in other lines: a backslash before, or the content on a line below."""
    if line.plain:
        yield "\\" + line.text
    else:
        yield line.text.removesuffix(line.content).rstrip()
        yield escape(line.content, line.escaped)
