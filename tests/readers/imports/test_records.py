"""CSV as it comes: quoted line ends, quotes that are never closed, and a place to go on from.

What a spreadsheet would run is guarded, and comes back as it was.
"""

import csv
import io
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.readers.imports.records import MAX_RECORD, Read, Records, guard, lines_of, unguard

CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=8)
ROWS = st.lists(st.lists(CELLS, min_size=2, max_size=4), max_size=12)


def all_of(data: bytes, delimiter: str = ",") -> list[Read]:
    return list(Records(lines_of([data]), delimiter))


@given(ROWS, st.integers(1, 20), st.sampled_from(",;\t|"))
def test_records_are_what_was_written_however_the_file_is_cut(
    rows: list[list[str]], size: int, delimiter: str
) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    data = out.getvalue().encode()
    pieces = [data[at : at + size] for at in range(0, len(data), size)]

    found = list(Records(lines_of(pieces), delimiter))

    assert [cells for _, cells, _ in found] == rows
    assert not any(wrong for _, _, wrong in found)


@given(ROWS, st.data())
def test_reading_goes_on_from_where_it_was_left(rows: list[list[str]], data: st.DataObject) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    file = out.getvalue().encode()
    n_first = data.draw(st.integers(0, len(rows)))
    first = Records(lines_of([file]), ",")
    before = list(islice(first, n_first))

    rest = Records(lines_of([file[first.at :]]), ",", at=first.at, line=first.line)

    assert [*before, *rest] == all_of(file)


def test_quoted_line_end_is_part_of_its_cell() -> None:
    assert all_of(b'a,"x\ny"\nb,c\n') == [(1, ["a", "x\ny"], ""), (3, ["b", "c"], "")]


def test_open_quote_costs_its_own_line_only() -> None:
    found = all_of(b'a,b\nc,"open\n' + b"d,e\n" * 100)

    assert found[1] == (2, ['c,"open'], "opens a quote that is not closed")
    assert [line for line, _, wrong in found if not wrong] == [1, *range(3, 103)]


def test_open_quote_at_the_end_is_a_bad_row() -> None:
    assert all_of(b'a,b\nc,"open')[1][2] == "opens a quote that is not closed"


def test_text_behind_a_quote_is_a_bad_row() -> None:
    found = all_of(b'a,"b" c\nd,e\n')

    assert found[0][2] == "has text behind a closing quote"
    assert found[1][1] == ["d", "e"]


def test_endless_line_is_a_bad_row_and_the_next_is_read() -> None:
    found = all_of(b"x" * (MAX_RECORD + 2) + b"\na,b\n")

    assert found[0][2] == "is far too long"
    assert found[-1][1] == ["a", "b"]


def test_blank_lines_are_passed_over_and_counted() -> None:
    assert [line for line, _, _ in all_of(b"a,b\n\n\r\nc,d\n")] == [1, 4]


@given(st.text())
def test_guarded_cell_comes_back_as_it_was(cell: str) -> None:
    assert unguard(guard(cell)) == cell


@given(st.text())
def test_guarded_cell_never_begins_a_formula(cell: str) -> None:
    assert not guard(cell).startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize("cell", ["o'neil@example.com", "'tis", "plain", ""])
def test_cell_stays_as_it_is_when_nobody_guarded_it(cell: str) -> None:
    assert unguard(cell) == cell
