"""`TITLE (LABEL)`: a story's heading taken apart and put together, for text and Markdown."""

import re
from typing import Final

from app.content.normal import one_line

_TOKEN: Final = re.compile(r"\\.|[()]")
_ESCAPED: Final = re.compile(r"\\([()\\])")
_SPECIAL: Final = re.compile(r"[()\\]")


def split_heading(line: str) -> tuple[str, str] | None:
    r"""Title and label, or None where the line does not end with ` (…)` after a title.

    The label is the last parenthesised part; parentheses inside it must balance or be written
    `\(` and `\)`. Those of the title need not. One pass over the line.
    """
    opening = _last_opening(line) if line.endswith(")") else None
    if opening is None or not line[opening - 1].isspace():
        return None
    title = one_line(line[:opening])
    label = _ESCAPED.sub(r"\1", one_line(line[opening + 1 : -1]))
    return (title, label) if title else None


def join_heading(title: str, label: str) -> str:
    """The line that `split_heading` takes apart into just these; an empty label is `()`."""
    plain = f"{title} ({label})"
    if split_heading(plain) == (title, label):
        return plain
    return f"{title} ({_SPECIAL.sub(lambda found: chr(92) + found[0], label)})"


def _last_opening(line: str) -> int | None:
    """Where the parenthesis opens that the last character closes; None without one or at 0."""
    openings: list[int] = []
    opening: int | None = None
    last = -1
    for found in _TOKEN.finditer(line):
        if found[0] == "(":
            openings.append(found.start())
        elif found[0] == ")":
            opening = openings.pop() if openings else None
            last = found.start()
    return opening if opening and last == len(line) - 1 else None
