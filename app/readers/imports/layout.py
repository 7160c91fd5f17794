"""Layout: which character divides the cells, and what the columns are called."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from app.errors import FieldError, InvalidInput
from app.readers.imports.records import Records, lines_of

DELIMITERS: Final = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
MAX_COLUMNS: Final = 500
_MAX_NAME: Final = 200
_SAMPLE: Final = 20


@dataclass(frozen=True)
class Layout:
    """How a file is laid out; without a heading of its own its columns are numbered from 1."""

    delimiter: str
    heading: tuple[str, ...]
    has_heading: bool


def recognise(head: bytes, delimiter: str = "") -> Layout:
    """The layout of a file that begins with these bytes, UTF-8 and some whole lines of it.

    Of the usual dividers it is the one that gives most columns, the same number in every line.

    Raises:
        InvalidInput: there is nothing in it, it has hundreds of columns, or this is no divider.
    """
    if delimiter and delimiter not in DELIMITERS.values():
        raise InvalidInput(
            "Cells are divided by a comma, semicolon, tab or bar.",
            [FieldError("query delimiter", f"must be one of {', '.join(DELIMITERS)}")],
        )
    chosen = delimiter or max(DELIMITERS.values(), key=lambda one: _fits(head, one))
    first = next(iter(_sample(head, chosen)), None)
    if first is None:
        raise InvalidInput("The file is empty.")
    if len(first) > MAX_COLUMNS:
        raise InvalidInput(f"The file has {len(first)} columns; {MAX_COLUMNS} are read at most.")
    if any("@" in cell for cell in first):
        numbered = tuple(f"column {number}" for number in range(1, len(first) + 1))
        return Layout(chosen, numbered, has_heading=False)
    named = tuple(cell.replace("\0", "").strip()[:_MAX_NAME] for cell in first)
    return Layout(chosen, named, has_heading=True)


def sample_of(head: bytes, delimiter: str) -> list[list[str]]:
    """The first records, the heading among them."""
    return list(_sample(head, delimiter))


def _fits(head: bytes, delimiter: str) -> tuple[bool, int]:
    rows = _sample(head, delimiter)
    widths = {len(row) for row in rows}
    return len(widths) == 1 and max(widths) > 1, max(widths, default=0)


def _sample(head: bytes, delimiter: str) -> Sequence[list[str]]:
    found = Records(lines_of([head]), delimiter)
    try:
        return [cells for _, cells, wrong in islice(found, _SAMPLE) if not wrong]
    except (csv.Error, UnicodeDecodeError):
        return []
