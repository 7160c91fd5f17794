"""Plain text to what a page can show: paragraphs and lists."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

_BULLET = re.compile(r"\s*[•*-]\s+(?=\S)")
_NUMBER = re.compile(r"\s*(\d{1,3})[.)]\s+(?=\S)")


@dataclass(frozen=True)
class Block:
    """A paragraph (one line or several), or a list; `start` is a numbered list's first number."""

    kind: Literal["paragraph", "bullets", "numbers"]
    lines: tuple[str, ...]
    start: int = 1


_Grown = tuple[Block, list[str]]
"""A block as its first line makes it, and its lines so far: none is copied for the next one."""


def blocks_of(text: str) -> tuple[Block, ...]:
    """Return the text's paragraphs and lists, in order; no words are lost.

    A blank line ends a paragraph. Lines that begin with a bullet, or with a number and a dot, are a
    list, which goes on over blank lines.
    """
    blocks: list[_Grown] = []
    for chunk in re.split(r"\n[^\S\n]*\n", text.replace("\r\n", "\n").replace("\r", "\n")):
        lines = [line for line in chunk.split("\n") if line.strip()]
        for place, line in enumerate(lines):
            _append(blocks, _block_of(line), goes_on=place > 0)
    return tuple(replace(first, lines=tuple(lines)) for first, lines in blocks)


def _block_of(line: str) -> Block:
    if bullet := _BULLET.match(line):
        return Block("bullets", (line[bullet.end() :].rstrip(),))
    if number := _NUMBER.match(line):
        return Block("numbers", (line[number.end() :].rstrip(),), int(number[1]))
    return Block("paragraph", (line.rstrip(),))


def _append(blocks: list[_Grown], block: Block, *, goes_on: bool) -> None:
    """Add one line's block, to the last one where it belongs there."""
    if blocks and _joins(*blocks[-1], block, goes_on=goes_on):
        blocks[-1][1].extend(block.lines)
    else:
        blocks.append((block, [*block.lines]))


def _joins(last: Block, lines: Sequence[str], block: Block, *, goes_on: bool) -> bool:
    if last.kind != block.kind:
        return False
    match block.kind:
        case "paragraph":
            return goes_on
        case "numbers":
            return block.start == last.start + len(lines)
        case "bullets":
            return True
