"""Standings: read from a cell whether its reader may be written to.

A cell that is not understood is never a yes: it makes a bad row, or a no.
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from app.characters import cut
from app.readers.imports.fields import EMPTY, STATUS_WORDS, TRUTHS, ReaderField, fold
from app.readers.imports.row_state import RowState

_DATE: Final = re.compile(
    r"(\d{4}[-/.]\d\d?[-/.]\d\d?|\d\d?[-/.]\d\d?[-/.]\d{2,4}"
    r"|[a-z]{3,9}\.? \d\d?,? \d{4}|\d\d?\.? [a-z]{3,9}\.?,? \d{4})([T, ].*)?|\d{9,13}",
    re.IGNORECASE,
)
"""A date as exports write one, or seconds or milliseconds since 1970."""

_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_MEANS: Final = {
    ReaderField.LEFT_AT: RowState.LEFT,
    ReaderField.BOUNCED_AT: RowState.BOUNCED,
    ReaderField.COMPLAINED_AT: RowState.COMPLAINED,
}

Say = Callable[[str], RowState]


class BadRowError(Exception):
    """A row that cannot be taken; the text says why, for a person."""


def consent_words_of(meaning: ReaderField, column: str, words: Mapping[str, RowState]) -> Say:
    """Return what reads this column's cells; `words` are those of a form's status, and go first.

    The Say raises BadRowError for a cell that cannot be understood.
    """
    if meaning in _MEANS:
        return partial(_unless_empty, state=_MEANS[meaning])
    match meaning:
        case ReaderField.RECEIVES:
            return _receives
        case ReaderField.SUPPRESSED:
            return _suppressed
        case ReaderField.DISABLED:
            return partial(_disabled, column=column)
        case ReaderField.SUBSCRIBED | ReaderField.CONFIRMED:
            no = RowState.LEFT if meaning is ReaderField.SUBSCRIBED else RowState.UNCONFIRMED
            return partial(_agreed, column=column, words=words, no=no)
        case _:
            return partial(_status, column=column, words=words)


def printable(cell: str) -> str:
    """Return a cell as it may stand in a reason."""
    return _CONTROLS.sub("·", cut(cell, 60))


def _is_no(cell: str) -> bool:
    small = cell.casefold()
    return small in EMPTY or TRUTHS.get(small) is False


def _unless_empty(cell: str, state: RowState) -> RowState:
    """Return `state` for a date, a reason, a number or a yes; active for an empty cell or a no."""
    return RowState.ACTIVE if _is_no(cell) else state


def _receives(cell: str) -> RowState:
    return RowState.LEFT if _is_no(cell) else RowState.ACTIVE


def _suppressed(cell: str) -> RowState:
    if _is_no(cell):
        return RowState.ACTIVE
    state = STATUS_WORDS.get(fold(cell), RowState.ACTIVE)
    return state if state > RowState.ACTIVE else RowState.SUPPRESSED


def _disabled(cell: str, column: str) -> RowState:
    if _is_no(cell):
        return RowState.ACTIVE
    if TRUTHS.get(cell.casefold()) or _DATE.fullmatch(cell):
        return RowState.LEFT
    state = STATUS_WORDS.get(fold(cell))
    if state is None:
        raise BadRowError(f"{column}: “{printable(cell)}” is neither yes nor no")
    return state


def _agreed(cell: str, column: str, words: Mapping[str, RowState], no: RowState) -> RowState:
    """Read a yes, or its instant; an empty cell is neither a yes nor a no that has to be kept."""
    small = cell.casefold()
    if small in EMPTY:
        return RowState.UNCONFIRMED
    truth = TRUTHS.get(small)
    if truth is not None:
        return RowState.ACTIVE if truth else no
    if _DATE.fullmatch(cell):
        return RowState.ACTIVE
    state = words.get(fold(cell), STATUS_WORDS.get(fold(cell)))
    if state is None:
        raise BadRowError(f"{column}: “{printable(cell)}” is neither yes nor no")
    return state


def _status(cell: str, column: str, words: Mapping[str, RowState]) -> RowState:
    word = fold(cell)
    state = words.get(word, STATUS_WORDS.get(word))
    if state is None:
        raise BadRowError(f"{column}: “{printable(cell)}” is no status that is known here")
    return state
