"""How two wordings of a text differ, word by word, to be read by a person."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Final

from app.characters import cut

_WORD: Final = re.compile(r"\n|\w+(?:['’.,-]\w+)*[^\S\n]*|[^\w\s][^\S\n]*|[^\S\n]+")
"""A line break, or a word or sign with the spaces behind it."""

_MOST_PAIRS: Final = 100_000
"""Pairs of the same word in both, as an English text of 3,000 words has them: 80 ms at worst. Of
longer stretches without a line in common all of one is taken out, and all of the other put in."""

_SHORT: Final = 3
"""Letters of what two changes have between them and is told as a part of them: `of`, `the`."""

_LONG: Final = 400
"""Characters of what stayed that are shown whole; of more only what is next to a change."""

_NEXT: Final = 120
"""Characters next to a change, beyond which what stayed is left out."""


class Kind(StrEnum):
    """What became of a piece of a text."""

    SAME = "same"
    OUT = "out"
    IN = "in"
    GAP = "gap"
    """Text that stayed and is not shown."""


@dataclass(frozen=True)
class Piece:
    """A piece of a text: it stayed, was taken out, or was put in."""

    kind: Kind
    text: str


@dataclass(frozen=True)
class _Change:
    """What one text has and the other has instead; the same words where `is_same`."""

    old: str
    new: str
    is_same: bool


def differences(old: str, new: str) -> list[Piece]:
    """Return the pieces that make of one text the other, in their order.

    What was taken out comes before what was put in its place. Spaces alone are no difference, line
    breaks are.
    """
    pieces: list[Piece] = []
    for change in _spaced(_gathered(_changes(old, new))):
        if change.is_same:
            pieces.append(Piece(Kind.SAME, change.new))
            continue
        found = ((Kind.OUT, change.old), (Kind.IN, change.new))
        pieces += [Piece(kind, text) for kind, text in found if text]
    return pieces


def shortened(pieces: Sequence[Piece]) -> list[Piece]:
    """Return the pieces with what stayed left out where it is long and far from a change."""
    found: list[Piece] = []
    for n, piece in enumerate(pieces):
        if piece.kind is not Kind.SAME or len(piece.text) <= _LONG:
            found.append(piece)
            continue
        before = re.split(r"\s+\S*$", cut(piece.text, _NEXT))[0] if n else ""
        after = re.split(r"^\S*\s+", piece.text[-_NEXT:])[-1] if n + 1 < len(pieces) else ""
        around = (Piece(Kind.SAME, before), Piece(Kind.GAP, ""), Piece(Kind.SAME, after))
        found += [one for one in around if one.text or one.kind is Kind.GAP]
    return found


def _changes(old: str, new: str) -> Iterator[_Change]:
    """Yield what differs line by line, and within lines word by word."""
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    for one in _matched(before, after, before, after):
        if one.is_same:
            yield one
            continue
        words, others = _WORD.findall(one.old), _WORD.findall(one.new)
        yield from _matched(words, others, [*map(_key, words)], [*map(_key, others)])


def _key(word: str) -> str:
    """Return what is compared of a word: not the spaces behind it."""
    return word.rstrip() or word


def _matched(
    old: Sequence[str], new: Sequence[str], old_keys: Sequence[str], new_keys: Sequence[str]
) -> Iterator[_Change]:
    start, end = _ends(old_keys, new_keys)
    old_stop, new_stop = len(old) - end, len(new) - end
    before, after = old_keys[start:old_stop], new_keys[start:new_stop]
    yield _Change("".join(old[:start]), "".join(new[:start]), is_same=True)
    for kind, i, j, m, n in _opcodes(before, after):
        texts = "".join(old[start + i : start + j]), "".join(new[start + m : start + n])
        yield _Change(*texts, is_same=kind == "equal")
    yield _Change("".join(old[old_stop:]), "".join(new[new_stop:]), is_same=True)


def _ends(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """Return how many at the begin, and how many of the others at the end, are the same."""
    most = min(len(old), len(new))
    start = next((n for n in range(most) if old[n] != new[n]), most)
    most -= start
    end = next((n for n in range(most) if old[-1 - n] != new[-1 - n]), most)
    return start, end


def _opcodes(old: Sequence[str], new: Sequence[str]) -> list[tuple[str, int, int, int, int]]:
    counted = Counter(new)
    if sum(counted[word] for word in old) > _MOST_PAIRS:
        return [("replace", 0, len(old), 0, len(new))]
    return [*SequenceMatcher(None, old, new, autojunk=False).get_opcodes()]


def _gathered(changes: Iterator[_Change]) -> list[_Change]:
    """Return what stayed and what changed in turn; changes with next to nothing between are one."""
    found: list[_Change] = []
    for one in changes:
        if not (one.old or one.new):
            continue
        if found and found[-1].is_same == one.is_same:
            found[-1] = _joined(found[-1], one)
        elif len(found) > 1 and found[-1].is_same and _is_short(found[-1].new):
            between = found.pop()
            found[-1] = _joined(found[-1], between, one)
        else:
            found.append(one)
    return found


def _is_short(text: str) -> bool:
    return len(text.strip()) <= _SHORT and "\n" not in text


def _joined(*changes: _Change) -> _Change:
    old, new = "".join(one.old for one in changes), "".join(one.new for one in changes)
    return replace(changes[0], old=old, new=new)


def _spaced(changes: Sequence[_Change]) -> list[_Change]:
    """Return changes with the spaces around them where they are read best.

    What both have behind a change belongs to what stayed; a space that one alone has before it
    belongs to the change, so that `hand,` does not become `hand ,`.
    """
    found = [*changes]
    for n in range(len(found) - 1):
        one, after = found[n], found[n + 1]
        old, new = one.old.rstrip(" "), one.new.rstrip(" ")
        behind = one.old[len(old) :], one.new[len(new) :]
        if one.is_same and behind[0] != behind[1]:
            found[n] = replace(one, old=old, new=new)
            found[n + 1] = replace(after, old=behind[0] + after.old, new=behind[1] + after.new)
        elif not one.is_same and (behind[0] or not one.old) and (behind[1] or not one.new):
            found[n] = replace(one, old=old, new=new)
            found[n + 1] = replace(after, old=f" {after.old}", new=f" {after.new}")
    return found
