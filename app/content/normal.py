"""The normal form of a story, without the differences that a form cannot write.

Only white space goes, empty list entries, and a Decoder entry whose term is empty hands its
definition over as the term. For every story within `limits`, each form holds
`parse(write(story)) == normal(story)`.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from app.content.drafts import StoryDraft
from app.image_names import image_name
from app.story_fields import STORY_FIELDS, FieldKind, Term

_GAP = re.compile("[ \t\r\n\u2028\u2029]+")
_BREAK = re.compile("\r\n?|[\u2028\u2029]")
_BLANK_LINES = re.compile(r"\n{3,}")


def one_line(text: str) -> str:
    """Return the text on one line: line breaks, tabs and runs of spaces become one space."""
    return _GAP.sub(" ", text).strip()


def newlines(text: str) -> str:
    r"""Return the text with every CRLF, CR, line and paragraph separator as `\n`."""
    return _BREAK.sub("\n", text)


def paragraphs(text: str) -> str:
    """Return a long text in normal form.

    Indents stay, spaces at line ends go, and there is at most one blank line in a row.
    """
    trimmed = "\n".join(line.rstrip() for line in newlines(text).split("\n"))
    return _BLANK_LINES.sub("\n\n", trimmed).strip("\n")


def terms(entries: Iterable[Term]) -> tuple[Term, ...]:
    """Return Decoder entries on one line each, without the empty ones."""
    lines = ((one_line(entry.term), one_line(entry.definition)) for entry in entries)
    return tuple(
        Term(term, definition) if term else Term(definition, "")
        for term, definition in lines
        if term or definition
    )


def bullets(items: Iterable[str]) -> tuple[str, ...]:
    """Return the deep-dive points on one line each, without the empty ones."""
    return tuple(line for item in items if (line := one_line(item)))


_NORMAL: Final[Mapping[FieldKind, Callable[[Any], Any]]] = {
    FieldKind.LINE: one_line,
    FieldKind.ADDRESS: one_line,
    FieldKind.IMAGE: lambda text: image_name(one_line(text)),
    FieldKind.BULLETS: bullets,
    FieldKind.TERMS: terms,
    FieldKind.ARTICLE: paragraphs,
}


def normal(story: StoryDraft) -> StoryDraft:
    """Return the story in normal form; applying it twice changes nothing more."""
    texts = {one.name: _NORMAL[one.kind](getattr(story, one.name)) for one in STORY_FIELDS}
    return StoryDraft(**texts)
