"""Records: CSV by the standard reader, with the place of each record and a way on after a bad one.

A quote that is never closed would swallow the rest of a file. Here it costs its own line: what
was read after it is read again by itself.
"""

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Final

MAX_LINES: Final = 40
MAX_RECORD: Final = 1 << 16
"""The longest record, in lines and in bytes; the csv module's own limit of a field lies above."""

_RISKY: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "'")
"""Spreadsheets run a cell that begins so; such cells go out with an apostrophe before."""

Read = tuple[int, list[str], str]
"""The line where a record begins, its cells, and what is wrong with it, if anything is."""


class _EndlessError(Exception):
    """A record goes on for longer than any reader's would."""


class Records:
    """The records of some lines, one after the other.

    `at` and `line` are the byte and the line behind the last record given, so that whoever stops
    there can go on from there. Blank lines are passed over.

    Source: RFC 4180; quotes are read strictly.
    """

    def __init__(
        self, lines: Iterable[bytes], delimiter: str, *, at: int = 0, line: int = 1
    ) -> None:
        self.at = at
        self.line = line
        self._lines = iter(lines)
        self._delimiter = delimiter
        self._again: deque[bytes] = deque()
        self._taken: list[bytes] = []

    def __iter__(self) -> Iterator[Read]:
        reader = self._reader()
        while True:
            start = self.line
            try:
                cells = next(reader)
            except StopIteration:
                return
            except (csv.Error, _EndlessError) as error:
                skipped = self._step_over_first(error)
                reader = self._reader()
                yield start, skipped[0], skipped[1]
                continue
            self._pass(self._taken)
            self._taken = []
            if cells:
                yield start, cells, ""

    def _reader(self) -> Iterator[list[str]]:
        return csv.reader(self._feed(), delimiter=self._delimiter, strict=True)

    def _feed(self) -> Iterator[str]:
        while True:
            raw = self._again.popleft() if self._again else next(self._lines, None)
            if raw is None:
                return
            self._taken.append(raw)
            if len(raw) > MAX_RECORD or len(self._taken) > MAX_LINES:
                raise _EndlessError
            if len(self._taken) > 1 and sum(map(len, self._taken)) > MAX_RECORD:
                raise _EndlessError
            yield raw.decode()

    def _step_over_first(self, error: Exception) -> tuple[list[str], str]:
        """Return the first line of a bad record as it is, and why; the others are read again."""
        first, *rest = self._taken
        self._taken = []
        self._again.extendleft(reversed(rest))
        self._pass([first])
        excerpt = first[:MAX_RECORD].decode(errors="replace").rstrip("\r\n")
        if isinstance(error, _EndlessError) or "unexpected end" in str(error):
            is_quoted = b'"' in first and len(first) <= MAX_RECORD
            reason = "opens a quote that is not closed" if is_quoted else "is far too long"
        elif "delimiter" in str(error) or "expected after" in str(error):
            reason = "has text behind a closing quote"
        else:
            reason = "has a line end in the middle of a cell"
        return [excerpt], reason

    def _pass(self, lines: list[bytes]) -> None:
        self.line += len(lines)
        self.at += len(lines[0]) if len(lines) == 1 else sum(map(len, lines))


def lines_of(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the lines of a file that comes in pieces, with their ends; cut an endless line."""
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        for line in whole:
            yield line + b"\n"
        if len(rest) > MAX_RECORD:
            yield rest
            rest = b""
    if rest:
        yield rest


def guard(cell: str) -> str:
    """Return the cell as it may stand in a file that people open in a spreadsheet.

    Source: OWASP, "CSV injection". An apostrophe is doubled, so that `unguard` undoes it exactly.
    """
    return f"'{cell}" if cell.startswith(_RISKY) else cell


def unguard(cell: str) -> str:
    """Return the cell before it was guarded, here or by the service that a file is from."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_RISKY) else cell
