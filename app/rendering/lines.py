"""Subject and preheader from the day's headlines, and other single lines."""

import re
from collections.abc import Sequence
from typing import Final

from app.characters import cut

SUBJECT_CHARS: Final = 78
"""A subject longer than this is cut off by most inboxes on a desktop."""

PREHEADER_CHARS: Final = 150
"""No inbox shows more of a preheader."""

FILLER: Final = "\u034f\u00a0"
"""A sign that cannot be seen and a blank that stays one: what stands behind a preheader."""

_BREAKS = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+")


def one_line(text: str) -> str:
    """Return `text` with each line end, control character and run of blanks as one blank."""
    return _BREAKS.sub(" ", text).strip()


def shortened(text: str, n_chars: int) -> str:
    """Return `text` in at most `n_chars` code points, with an ellipsis where it was cut.

    It is cut between words, and where one is too long for that between what people see as
    characters.
    """
    if len(text) <= n_chars:
        return text
    head = cut(text, n_chars - 1)
    at_word = head.rsplit(" ", 1)[0] if " " in head[n_chars // 2 :] else head
    return cut(text, len(at_word.rstrip(" ,;:.–—-"))) + "…"


def subject_of(titles: Sequence[str]) -> tuple[str, int]:
    """Return a subject from the first headlines, and how many it holds: two where both fit."""
    lines = [one_line(title) for title in titles[:2]]
    both = " · ".join(lines)
    if len(both) <= SUBJECT_CHARS:
        return both, len(lines)
    return shortened(lines[0], SUBJECT_CHARS), 1


def preheader_of(titles: Sequence[str], n_used: int, summary: str) -> str:
    """Return the two headlines after those in the subject; the first summary if there are none."""
    rest = [one_line(title) for title in titles[n_used : n_used + 2]]
    return shortened(" · ".join(rest) or one_line(summary), PREHEADER_CHARS)
