"""What a spreadsheet would run is guarded, and comes back as it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.readers.imports.cells import guard, unguard


@given(st.text())
def test_guarded_cell_comes_back_as_it_was(cell: str) -> None:
    assert unguard(guard(cell)) == cell


@given(st.text())
def test_guarded_cell_never_begins_a_formula(cell: str) -> None:
    assert not guard(cell).startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize("cell", ["o'neil@example.com", "'tis", "plain", ""])
def test_cell_stays_as_it_is_when_nobody_guarded_it(cell: str) -> None:
    assert unguard(cell) == cell
