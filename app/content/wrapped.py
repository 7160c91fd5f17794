"""A heading that a mail program wrapped over several lines, put together again.

Where it is said twice, nothing else can be meant: two stretches of lines with a blank line between
that say the same, each as one line. The last line of a stretch looks like the end of a heading, so
that a backslash before it keeps it as text.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from app.content.escapes import leading
from app.content.text_marks import heading_of, is_end, is_heading_end, mark_name
from app.story_fields import MAX_LABEL, MAX_TITLE

_MOST_LINES: Final = 5
"""A title and a label of the greatest length, at 72 characters a line."""
_LONGEST: Final = 1_000
"""More characters than a line has that somebody wrapped."""


def unwrapped(lines: Sequence[str]) -> list[tuple[int, str]]:
    """Return the lines with their numbers, from 1; a wrapped heading is one line, its first."""
    last = wrapped_headings(lines)
    rows: list[tuple[int, str]] = []
    done = 0
    for index, line in enumerate(lines):
        if index < done:
            continue
        done = last.get(index, index) + 1
        rows.append((index + 1, _joined(lines[index:done]) if done > index + 1 else line))
    return rows


def wrapped_headings(lines: Sequence[str]) -> dict[int, int]:
    """Map the first line of each wrapped heading to its last, counted from 0, in one pass."""
    found: dict[int, int] = {}
    solid = [index for index, line in enumerate(lines) if line]
    for first, second in pairwise(solid):
        if second - first == 1 or not _is_last(lines[first]) or not _may_wrap(lines, first):
            continue
        before = {_key(lines[start : first + 1]): start for start in _upwards(lines, first)}
        for end in _downwards(lines, second):
            key = _key(lines[second : end + 1]) if _is_last(lines[end]) else None
            if key and key in before:
                found |= {before[key]: first} if before[key] < first else {}
                found |= {second: end} if second < end else {}
                break
    return found


def _upwards(lines: Sequence[str], last: int) -> Iterator[int]:
    """Yield where a stretch may begin that ends with this line, the longest first."""
    starts = [last]
    while len(starts) < _MOST_LINES and _may_wrap(lines, starts[-1] - 1):
        starts.append(starts[-1] - 1)
    yield from reversed(starts)


def _downwards(lines: Sequence[str], first: int) -> Iterator[int]:
    """Yield where a stretch may end that begins with this line, the shortest first."""
    for end in range(first, first + _MOST_LINES):
        if not _may_wrap(lines, end):
            return
        yield end


def _may_wrap(lines: Sequence[str], index: int) -> bool:
    """Return whether the line is there, and part of a heading for all that it says."""
    if not 0 <= index < len(lines) or not 0 < len(lines[index]) <= _LONGEST:
        return False
    return not is_end(lines[index]) and not mark_name(lines[index])


def _is_last(line: str) -> bool:
    is_plain = not line[0].isspace() and leading(line) % 2 == 0
    return is_plain and len(line) <= _LONGEST and is_heading_end(line)


def _key(lines: Sequence[str]) -> tuple[str, str] | None:
    heading = heading_of(_joined(lines))
    is_one = heading and len(heading.title) <= MAX_TITLE and len(heading.label) <= MAX_LABEL
    return heading.key if heading and is_one else None


def _joined(lines: Sequence[str]) -> str:
    """Return the lines as one; a word that was parted at its hyphen is whole again."""
    text = lines[0]
    for line in lines[1:]:
        is_parted = text.endswith("-") and text[-2:-1].isalnum()
        text += line.strip() if is_parted else f" {line.strip()}"
    return text
