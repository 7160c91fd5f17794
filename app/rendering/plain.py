"""What the text templates write with: lines of 72 columns and numbered links."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, pairwise
from typing import Final
from unicodedata import combining, east_asian_width

import regex
from uniseg.linebreak import LineBreak, line_break, line_break_boundaries

from app.characters import clusters

COLUMNS: Final = 72

# Wide signs that stand among narrow ones: an hourglass, a check mark, a flash of lightning.
_SCATTERED = "".join(
    sign
    for sign in map(chr, chain(range(0x2300, 0x2C00), range(0x1F000, 0x1F300)))
    if east_asian_width(sign) == "W"
)
# Where writing begins that takes two columns a sign: Hangul, kana, Han, emoji.
_WIDE = re.compile(
    "[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60\U0001f300-\U0003ffff"
    f"{_SCATTERED}]"
)
# A word with the blanks behind it.
_WORD = re.compile(r"[^ ]+ *| +")
# Signs between any two of which a line may break; what stands between two such places, in one go.
_FREE = r"[\p{lb=ID}\p{lb=H2}\p{lb=H3}]"
_RUN = regex.compile(rf"{_FREE}(?={_FREE})|.+?(?:{_FREE}(?={_FREE})|$)")
# Not \s: a no-break space stays one.
_BLANKS = re.compile(r"[ \t\r\n\f\v]+")


@dataclass
class Links:
    """The links of one text part, numbered in the order in which the text names them.

    `named` are those that the text names and does not list yet.
    """

    numbers: dict[str, int] = field(default_factory=dict)
    named: dict[str, int] = field(default_factory=dict)

    def ref(self, url: str) -> str:
        """Return `[3]` for an address; the same one keeps its number."""
        number = self.named[url] = self.numbers.setdefault(url, len(self.numbers) + 1)
        return f"[{number}]"

    def listed(self) -> list[tuple[int, str]]:
        """Return number and address of all that were named since the last list, by number.

        So each section lists its own, also one that an earlier section named.
        """
        named, self.named = self.named, {}
        return sorted((number, url) for url, number in named.items())


def wrap(text: object, first: str = "") -> str:
    """Wrap `text` at 72 columns; words and addresses longer than that stay whole.

    The first line begins with `first`, the others with as many blanks.
    """
    room = COLUMNS - len(first)
    line = _one_line(text)
    lines = _wrapped(line, room) if line.isascii() or not _WIDE.search(line) else _fit(line, room)
    return first + ("\n" + " " * len(first)).join(lines)


def underlined(text: str) -> str:
    """Return `text` as a heading: a line of dashes below, as long as its longest line."""
    longest = max(_columns(line) for line in text.split("\n"))
    return f"{text}\n{'-' * min(longest, COLUMNS)}"


def _wrapped(line: str, room: int) -> list[str]:
    # By hand, because textwrap takes twenty times as long: it was most of a rendering.
    lines, start = [], 0
    while len(line) - start > room:
        end = line.rfind(" ", start, start + room + 1)
        if end < 0 and (end := line.find(" ", start)) < 0:
            break
        lines.append(line[start:end])
        start = end + 1
    return [*lines, line[start:]]


def _fit(line: str, room: int) -> list[str]:
    """Wrap as `_wrapped` does, for wide characters and lines that may break anywhere."""
    lines, width = [""], 0
    for piece in _pieces(line):
        if width and width + _columns(piece.rstrip(" ")) > room:
            lines[-1] = lines[-1].rstrip(" ")
            lines.append("")
            width = 0
        lines[-1] += piece
        width += _columns(piece)
    return lines


def _pieces(line: str) -> Iterator[str]:
    """Yield the line in pieces that it may break between; each has the blanks behind it.

    Words of narrow signs stay whole. Source: UAX 14, which knows that no line begins with a full
    stop or a small kana, and that none ends with an opening bracket.
    """
    for word in _WORD.findall(line):
        if _WIDE.search(word):
            for run in _RUN.findall(word):
                yield from _broken(run)
        else:
            yield word


@lru_cache(maxsize=20_000)
def _broken(run: str) -> tuple[str, ...]:
    """Return the pieces of what stands between two signs that anything may break at.

    They come again and again: a text has many words that a comma follows.
    """
    if len(run) == 1:
        return (run,)
    found = line_break_boundaries(run, property=_class_of)
    ends = [at for at in found if at == len(run) or _is_beside_wide(run, at)]
    return tuple(run[start:end] for start, end in pairwise([0, *ends]))


def _class_of(sign: str) -> LineBreak:
    """Return a sign's class of UAX 14; a wide one, as a star, is no letter as it is there."""
    found: LineBreak = line_break(sign)
    return LineBreak.ID if found in {LineBreak.AI, LineBreak.AL} and _width(sign) > 1 else found


def _is_beside_wide(run: str, at: int) -> bool:
    return bool(_WIDE.match(run, at) or _WIDE.match(run, at - 1))


def _columns(text: str) -> int:
    """Return how many columns of a terminal or a plain mail the text takes."""
    if text.isascii():
        return len(text)
    return sum(max(map(_width, cluster)) for cluster in clusters(text))


def _width(sign: str) -> int:
    return 0 if combining(sign) else 2 if east_asian_width(sign) in "WF" else 1


def _one_line(text: object) -> str:
    line = str(text)
    if "  " in line or not line.isprintable():
        line = _BLANKS.sub(" ", line)
    return line.strip(" ")
