"""Parsed lines, which the text and the Markdown form have in common."""

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from app.content.errors import at_line, refusal
from app.content.limits import MAX_LINES
from app.content.normal import newlines

WRAPPED: Final = 50
"""A line that a mail client has wrapped is longer than this, in characters."""

_DASHES: Final = re.compile(r"[-–—_]{2,}")  # as word processors write them
_SENTENCE_ENDS: Final = tuple(".!?…)]»›。！？؟۔।\"'”’")  # noqa: RUF001  # of other scripts, too


class Kind(Enum):
    """What a line means."""

    HEADING = auto()
    FIELD = auto()
    SECTION = auto()
    BULLET = auto()
    PLAIN = auto()
    BLANK = auto()
    END = auto()
    LOST = auto()


@dataclass(frozen=True, slots=True)
class Line:
    """One line, `number` from 1; `name` is the StoryDraft field of a FIELD or SECTION.

    A LOST line looks like a heading and starts no story; its `text` says why. `label`, `url` and
    `summary` are of a HEADING. `text` is the title of a HEADING, the content of a FIELD or BULLET,
    and a PLAIN line without its escape. `raw` is the line as written, without spaces at its end.
    """

    kind: Kind
    number: int
    raw: str
    name: str = ""
    text: str = ""
    label: str = ""
    url: str = ""
    summary: str = ""


def is_row(line: Line) -> bool:
    """Return whether a line looks like one of a table."""
    return "\t" in line.raw.strip() or line.raw.strip().count("|") > 1


def lines_of(text: str) -> list[str]:
    """Return the lines without white space at their ends; raise ContentError beyond MAX_LINES."""
    lines = [line.rstrip() for line in newlines(text).split("\n")]
    if len(lines) > MAX_LINES + 1:
        place = at_line(MAX_LINES + 1, f"at most {MAX_LINES:,} lines")
        raise refusal(f"The digest has more than {MAX_LINES:,} lines.", [place])
    return lines


def is_sentence(text: str) -> bool:
    """Return whether a line ends as a sentence does."""
    return text.endswith(_SENTENCE_ENDS)


def is_signature(text: str) -> bool:
    """Return whether a line is one of dashes, below which a mail is signed."""
    return _DASHES.fullmatch(text) is not None


def is_prose(text: str) -> bool:
    """Return whether a line is a sentence or goes on in the next; a name or a greeting is not."""
    return len(text) >= WRAPPED or is_sentence(text)
