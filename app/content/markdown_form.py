"""Parse and write the Markdown form; docs/digest-forms.md explains it to editors.

Markdown gives the skeleton only: texts are plain text, `**bold**` inside one stays as typed. In
an article nothing but a story's heading is a mark.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from enum import Enum, auto
from typing import Final

from app.content import reasons
from app.content.assemble import Shape, assemble
from app.content.drafts import Digest, StoryDraft
from app.content.escapes import escape, unescape
from app.content.front_matter import FrontMatter, split_front_matter, write_front_matter
from app.content.headings import Heading, join_heading, markdown_heading, protect
from app.content.limits import issue_texts
from app.content.lines import Kind, Line, lines_of
from app.content.marks import IT_LEADS, LEAD, MARKED, SECTIONED
from app.content.matching import match_key
from app.content.terms import join_term, split_term
from app.story_fields import Term

_FIELDS: Final = {one.mark.lower(): one.name for one in MARKED} | {LEAD.lower(): "lead"}
_SECTIONS: Final = {one.mark.lower(): one.name for one in SECTIONED}
_HEADING = re.compile(r"##\s+(.*)")
_FIELD = re.compile(
    rf"\*\*({'|'.join(_FIELDS)})\s*(?::\s*\*\*|\*\*\s*:)\s*(.*)".replace(" ", r"\s+"), re.IGNORECASE
)
_SECTION = re.compile(
    rf"###\s+[*_]*({'|'.join(_SECTIONS)})\s*:?[*_]*\s*:?".replace(" ", r"\s+"), re.IGNORECASE
)
_OTHER_HEADING = re.compile(r"#{1,6}\s")
_ITEM = re.compile(r"[-*+•]\s+(.*)")


class _Zone(Enum):
    """Which marks count: an article knows none but headings."""

    FIELDS = auto()
    ARTICLE = auto()


def parse_markdown(text: str, headings: Collection[int] = ()) -> Digest:
    """Return the digest in a text of this form, front matter included.

    The lines of the numbers `headings` begin a story, whatever they look like. It makes one pass
    over the lines. Raises ContentError for bad front matter, for more lines or stories than we
    take, and for texts out of bounds.
    """
    lines = lines_of(text)
    front, taken = split_front_matter(lines)
    digest = assemble(_read(lines, taken, headings), _SHAPE)
    return replace(
        digest,
        issued_on=front.issued_on,
        sponsor=front.sponsor,
        **issue_texts(front),
    )


def write_markdown(digest: Digest) -> str:
    """Return the text from which `parse_markdown` reads the digest, which is in normal form.

    Unplaced lines are not written: they belong to the text they were found in.
    """
    front = FrontMatter(digest.issued_on, sponsor=digest.sponsor, **issue_texts(digest))
    stories = (
        "\n".join(_story_lines(story, leads=number == digest.lead)) + "\n"
        for number, story in enumerate(digest.stories)
    )
    return "\n".join([write_front_matter(front), *stories])


def _term(text: str) -> Term:
    """Return a Decoder entry, `**Term:** definition`; without the stars as in the text form."""
    if text.startswith("**"):
        entry = split_term(text[2:], ":**")
        if entry != Term(text[2:], ""):
            return entry
    return split_term(text)


_SHAPE: Final = Shape(slots=("summary",), split_term=_term)


def _read(lines: Sequence[str], taken: int, headings: Collection[int]) -> Iterator[Line]:
    zone = _Zone.FIELDS
    for index in range(taken, len(lines)):
        raw, is_meant = lines[index], index + 1 in headings
        line = _line_of(index + 1, f"## {raw.lstrip('# ')}" if is_meant else raw, zone)
        if line.kind is Kind.HEADING:
            zone = _Zone.FIELDS
        elif line.name == "article":
            zone = _Zone.ARTICLE
        yield line


def _line_of(number: int, raw: str, zone: _Zone) -> Line:
    if not raw:
        return Line(Kind.BLANK, number, raw)
    if found := _HEADING.fullmatch(raw):
        heading = markdown_heading(found[1])
        return Line(
            Kind.HEADING, number, raw, text=heading.title, label=heading.label, url=heading.url
        )
    if zone is _Zone.ARTICLE:
        return Line(Kind.PLAIN, number, raw, text=unescape(raw, _looks_like_heading))
    text = raw.strip()
    plain = Line(Kind.PLAIN, number, raw, text=unescape(text, _looks_like_mark))
    return _marked(number, raw, text) or plain


def _marked(number: int, raw: str, text: str) -> Line | None:
    if found := _FIELD.fullmatch(text):
        name = _FIELDS[match_key(found[1])]
        if name == "lead" and match_key(found[2]) != IT_LEADS:
            return None
        return Line(Kind.FIELD, number, raw, name=name, text=found[2])
    if found := _SECTION.fullmatch(text):
        return Line(Kind.SECTION, number, raw, name=_SECTIONS[match_key(found[1])])
    if _OTHER_HEADING.match(text):
        return Line(Kind.LOST, number, raw, text=reasons.OTHER_LEVEL)
    if found := _ITEM.fullmatch(text):
        return Line(Kind.BULLET, number, raw, text=found[1])
    return None


def _looks_like_heading(line: str) -> bool:
    return _HEADING.fullmatch(line.lstrip("\\")) is not None


def _looks_like_mark(line: str) -> bool:
    bare = line.lstrip("\\")
    return _looks_like_heading(line) or _marked(0, bare, bare) is not None


def _story_lines(story: StoryDraft, *, leads: bool) -> Iterator[str]:
    yield f"## {_heading(story)}"
    if leads:
        yield from ("", f"**{LEAD}:** {IT_LEADS}")
    for one in MARKED:
        content = getattr(story, one.name)
        if one.name == "summary" and content:
            yield from ("", escape(content, _looks_like_mark))
        elif content:
            yield from ("", f"**{one.mark}:** {content}")
    yield from _list_lines("Deep dive", story.deep_dive)
    decoder = (f"**{join_term(entry, ':**', always=True)}" for entry in story.decoder)
    yield from _list_lines("Decoder", decoder)
    if story.article:
        yield from ("", "### Original article", "")
        yield from (escape(line, _looks_like_heading) for line in story.article.split("\n"))


def _heading(story: StoryDraft) -> str:
    title = protect(story.title)
    bare = not story.label and markdown_heading(title) == Heading(story.title)
    return title if bare else join_heading(title, story.label)


def _list_lines(mark: str, items: Iterable[str]) -> Iterator[str]:
    lines = [f"- {item}" for item in items]
    if lines:
        yield from ("", f"### {mark}", "", *lines)
