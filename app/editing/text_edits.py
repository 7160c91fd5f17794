"""Texts brought to another wording by as few edits as it takes, so that carets stay in place."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Final

from pycrdt import Text

_PIECE: Final = re.compile(r"\w+|\s+|[^\w\s]")
_MAX_PIECES: Final = 2_000
"""Of which the differences are looked for; a longer stretch is replaced whole."""


def edits(old: str, new: str) -> Iterator[tuple[int, int, str]]:
    """Yield what turns `old` into `new`, from its end on: replace old[from:to] by a text."""
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    old_stop, new_stop = len(old) - end, len(new) - end
    before, after = _PIECE.findall(old[start:old_stop]), _PIECE.findall(new[start:new_stop])
    if not before or not after or max(len(before), len(after)) > _MAX_PIECES:
        if start < old_stop or start < new_stop:
            yield start, old_stop, new[start:new_stop]
        return
    offsets = [start]
    for piece in before:
        offsets.append(offsets[-1] + len(piece))
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for kind, i, j, m, n in reversed(matcher.get_opcodes()):
        if kind != "equal":
            yield offsets[i], offsets[j], "".join(after[m:n])


def rewrite(text: Text, new: str) -> None:
    """Make the text say `new`; expects an open transaction of its document."""
    old = str(text)
    for start, stop, words in edits(old, new):
        # pycrdt counts in bytes of UTF-8, and takes an index within a character for another one.
        first = len(old[:start].encode())
        last = first + len(old[start:stop].encode())
        if last > first:
            del text[first:last]
        if words:
            text.insert(first, words)


def _common(one: str, other: str) -> int:
    """Return how many characters at their begin are the same."""
    most = min(len(one), len(other))
    if one[:most] == other[:most]:
        return most
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[:middle] == other[:middle] else (low, middle - 1)
    return low
