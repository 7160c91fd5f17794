"""Layout: which character divides the cells, what the columns are called, where the rows begin."""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from app.characters import cut
from app.errors import FieldError, InvalidInput
from app.readers.imports.fields import IGNORED, NOTHING, ReaderField
from app.readers.imports.records import Records, lines_of, unguard

DELIMITERS: Final = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
MAX_COLUMNS: Final = 500
_MAX_NAME: Final = 200
_SAMPLE: Final = 20
_SEP: Final = re.compile(rb'"?sep=(.)"?[,;\t|]*\r?(?:\n|$)', re.IGNORECASE)
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_PLACE: Final = re.compile(r" \(column \d+\)$")
_CARRIED_FORM: Final = re.compile(r"line \[form ([a-z-]+)\]")
_CARRIED_USE: Final = re.compile(r"(.*) \[([a-z_]+)\]", re.DOTALL)
_USES: Final = {*ReaderField, IGNORED, NOTHING}


@dataclass(frozen=True)
class BadRowsFile:
    """The form, the names of the columns and what each of them was, in the order of the file.

    The heading of a bad-rows file carries it, so that a mended file is read as the first one was,
    without saying it again: `line [form NAME]`, `reason [ignored]`, and each column as
    `NAME [USE]`.
    """

    form: str
    names: tuple[str, ...]
    uses: tuple[str, ...]


def heading_with_uses(form: str, heading: Sequence[str], columns: Mapping[str, str]) -> list[str]:
    """Return the heading of a bad-rows file; a column in doubt goes without its use."""
    return [
        f"line [form {form}]",
        f"reason [{IGNORED}]",
        *(f"{name} [{columns[name]}]" if name in columns else name for name in heading),
    ]


def read_bad_rows_heading(heading: Sequence[str]) -> BadRowsFile | None:
    """Return what a heading carries; None for one that is no bad-rows file's."""
    first = _CARRIED_FORM.fullmatch(heading[0]) if heading else None
    if first is None:
        return None
    names, uses = ["line"], [IGNORED]
    for cell in heading[1:]:
        found = _CARRIED_USE.fullmatch(cell)
        is_use = found is not None and found[2] in _USES
        names.append(found[1] if found and is_use else cell)
        uses.append(found[2] if found and is_use else "")
    return BadRowsFile(first[1], tuple(names), tuple(uses))


@dataclass(frozen=True)
class Layout:
    """How a file is laid out; without a heading of its own its columns are numbered from 1.

    `read_at` is the byte and `line` the line of its first row, behind the heading and behind a
    first line such as `sep=;`. `sample` are the first rows. `bad_rows` is what the heading of a
    bad-rows file says.
    """

    delimiter: str
    heading: tuple[str, ...]
    has_heading: bool
    read_at: int
    line: int
    sample: tuple[tuple[str, ...], ...]
    bad_rows: BadRowsFile | None


def recognise(head: bytes, delimiter: str = "") -> Layout:
    """Return the layout of a file that begins with these bytes, UTF-8 and some whole lines.

    The divider is what a first line `sep=;` names; else, of the usual ones, the one that gives most
    columns, the same number in every line.

    Raises:
        InvalidInput: there is nothing in it, it has hundreds of columns, or this is no divider.
    """
    declared, begin, line = _sep_line(head)
    chosen = delimiter or declared
    if chosen and chosen not in DELIMITERS.values():
        raise InvalidInput(
            "Cells are divided by a comma, semicolon, tab or bar.",
            [FieldError("query delimiter", f"must be one of {', '.join(DELIMITERS)}")],
        )
    body = head[begin:]
    chosen = chosen or max(DELIMITERS.values(), key=lambda one: _fits(body, one))
    records = Records(lines_of([body]), chosen, at=begin, line=line)
    first = _first(records)
    if len(first) > MAX_COLUMNS:
        raise InvalidInput(f"The file has {len(first)} columns; {MAX_COLUMNS} are read at most.")
    sample = tuple(tuple(cells) for cells in _sample(body, chosen))
    if any("@" in cell for cell in first):
        numbered = tuple(f"column {number}" for number in range(1, len(first) + 1))
        return Layout(chosen, numbered, False, begin, line, sample, None)  # noqa: FBT003  # has_heading
    names = [unguard(_CONTROLS.sub(" ", cell).strip()) for cell in first]
    bad_rows = read_bad_rows_heading(names)
    heading = _different(bad_rows.names if bad_rows else names)
    return Layout(chosen, heading, True, records.at, records.line, sample[1:], bad_rows)  # noqa: FBT003  # has_heading


def base_of(name: str) -> str:
    """Return a column's name as in the file, without its place where another has the same name."""
    return _PLACE.sub("", name)


def _sep_line(head: bytes) -> tuple[str, int, int]:
    """Return the divider that a first line names, and where the next line begins.

    Source: Excel reads and writes `sep=;` before the heading.
    """
    found = _SEP.match(head)
    if found is None:
        return "", 0, 1
    return found[1].decode(errors="replace"), found.end(), 2


def _first(records: Records) -> list[str]:
    """Return the first record that can be read; raise InvalidInput when there is none."""
    try:
        for _, cells, wrong in records:
            if not wrong:
                return cells
    except (csv.Error, UnicodeDecodeError):
        pass
    raise InvalidInput("The file is empty.")


def _different(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names, shortened; a missing or repeated name gets its place."""
    found: list[str] = []
    for number, name in enumerate(names, start=1):
        short = cut(name, _MAX_NAME) or f"column {number}"
        found.append(f"{short} (column {number})" if short in found else short)
    return tuple(found)


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
