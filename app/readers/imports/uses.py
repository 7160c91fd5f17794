"""Uses: what each column of a file is, and which columns a person still has to decide about.

A column is a field, `ignored` by a person, or `nothing` by its name. Any other is in doubt, and an
import with a doubt adds nobody.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.characters import cut
from app.errors import FieldError, InvalidInput
from app.readers.imports.fields import IGNORED, NOTHING, SAYING, STATUS_WORDS, ReaderField, fold
from app.readers.imports.form import Form
from app.readers.imports.layout import base_of
from app.readers.imports.names import NAMES, SAYS_NOTHING, means, rank
from app.readers.imports.services import OTHER
from app.readers.imports.signs import sign_in_cell, sign_in_name

LOOKS_LIKE: Final = "looks as if it said who may be written to"
NOT_KNOWN: Final = "is not known here"
_SECOND: Final = "holds addresses too"
_PLACE_OR_STATUS: Final = "state estado stato etat type"
"""Names of a status that are also those of a region."""


@dataclass(frozen=True)
class ColumnUses:
    """What each column is, and the ones in doubt with the reason; each column is in one of both."""

    columns: dict[str, str]
    doubts: dict[str, str]


def uses_of(form: Form, heading: Sequence[str], sample: Sequence[Sequence[str]]) -> ColumnUses:
    """Tell what the columns are, by their names in this form and by the first rows."""
    cells = {
        name: [row[place].strip() for row in sample if place < len(row)]
        for place, name in enumerate(heading)
    }
    uses = ColumnUses({}, {})
    wanted: dict[ReaderField, list[tuple[int, str]]] = {}
    for name in heading:
        use, order = _use_of(form, fold(base_of(name)), cells[name])
        if use in SAYING or use == NOTHING:
            uses.columns[name] = use
        elif use:
            wanted.setdefault(ReaderField(use), []).append((order, name))
        else:
            uses.doubts[name] = LOOKS_LIKE if sign_in_name(base_of(name)) else NOT_KNOWN
    for meaning, found in wanted.items():
        _choose(uses, meaning, [name for _, name in sorted(found)], cells)
    if ReaderField.ADDRESS not in uses.columns.values():
        _address_by_cells(uses, cells)
    if not form.says_all:
        _doubt_cells(uses, cells)
    column, why = form.only_with
    for name in heading if why else ():
        if fold(base_of(name)) == column:
            uses.columns.pop(name, None)
            uses.doubts[name] = why
    return uses


def changed(uses: ColumnUses, heading: Sequence[str], by_hand: Mapping[str, str]) -> ColumnUses:
    """Return the uses with those a person said: a field or `ignored` by the column's name.

    For a field that only one column can be, a guessed column gives way to the one that was said.

    Raises:
        InvalidInput: there is no such column or use, or two columns are said to be the address,
            the depth and so on.
    """
    _check(heading, by_hand)
    columns = {name: use for name, use in uses.columns.items() if name not in by_hand}
    doubts = {name: why for name, why in uses.doubts.items() if name not in by_hand}
    for use in {*by_hand.values()} - {*SAYING, IGNORED}:
        columns |= {name: NOTHING for name, had in columns.items() if had == use}
    if ReaderField.ADDRESS in by_hand.values():
        settled = [name for name, why in doubts.items() if why == _SECOND]
        columns |= dict.fromkeys(settled, NOTHING)
        doubts = {name: why for name, why in doubts.items() if why != _SECOND}
    return ColumnUses(columns | dict(by_hand), doubts)


def stops(doubts: Mapping[str, str], heading: Sequence[str]) -> str:
    """Say which columns nobody decided about, in the order of the file; empty for none."""
    reasons = [f"“{name}” {doubts[name]}" for name in heading if name in doubts]
    return "; ".join(reasons)


def samples_of(
    heading: Sequence[str], sample: Sequence[Sequence[str]], *, n_values: int, n_chars: int
) -> dict[str, list[str]]:
    """Return the first different values of each column, shortened; they are personal."""
    found: dict[str, list[str]] = {}
    for place, name in enumerate(heading):
        values = (cut(row[place].strip(), n_chars) for row in sample if place < len(row))
        found[name] = list(dict.fromkeys(value for value in values if value))[:n_values]
    return found


def _use_of(form: Form, name: str, cells: Sequence[str]) -> tuple[str, int]:
    """Return what a column of this folded name is, and how much it is that; empty for unknown."""
    for meaning, names in form.columns.items():
        if (order := rank(names, name)) is not None:
            return meaning.value, order
    if means(form.nothing, name):
        return NOTHING, 0
    for meaning, names in NAMES.items():
        if (order := rank(names, name)) is not None:
            if (
                meaning is ReaderField.STATUS
                and means(_PLACE_OR_STATUS, name)
                and not _status(cells)
            ):
                return "", 0
            if form.name != OTHER and meaning not in {*SAYING, ReaderField.ADDRESS}:
                return NOTHING, 0
            return meaning.value, 1000 + order
    return (NOTHING, 0) if means(SAYS_NOTHING, name) else ("", 0)


def _status(cells: Iterable[str]) -> bool:
    return any(fold(cell) in STATUS_WORDS for cell in cells)


def _choose(
    uses: ColumnUses, meaning: ReaderField, names: list[str], cells: Mapping[str, list[str]]
) -> None:
    """Choose the one column that is this field: the best name first; an address has an @ in it."""
    if meaning is ReaderField.ADDRESS and len(names) > 1:
        held = [name for name in names if any("@" in cell for cell in cells[name])]
        others = [name for name in names if name not in held]
        names = held + others
        uses.doubts.update(dict.fromkeys(held[1:], _SECOND))
    uses.columns[names[0]] = meaning
    uses.columns.update({name: NOTHING for name in names[1:] if name not in uses.doubts})


def _address_by_cells(uses: ColumnUses, cells: Mapping[str, list[str]]) -> None:
    """Choose as address, where no name tells, the column with an @ in all its cells."""
    for name, found in cells.items():
        if name in uses.doubts and found and all("@" in cell for cell in found):
            del uses.doubts[name]
            uses.columns[name] = ReaderField.ADDRESS
            return


def _doubt_cells(uses: ColumnUses, cells: Mapping[str, list[str]]) -> None:
    for name, found in cells.items():
        if uses.columns.get(name) == NOTHING and (sign := _first_sign(found)):
            del uses.columns[name]
            uses.doubts[name] = f"says “{sign}”"


def _first_sign(cells: Iterable[str]) -> str:
    return next((sign for cell in cells if (sign := sign_in_cell(cell))), "")


def _check(heading: Sequence[str], by_hand: Mapping[str, str]) -> None:
    uses = {*ReaderField, IGNORED}
    for name, use in by_hand.items():
        if use not in uses:
            raise InvalidInput(
                f"“{use}” is no field; there are {', '.join(ReaderField)}, and {IGNORED}.",
                [FieldError(f"/columns/{name}", "must be a field, or ignored")],
            )
        if name not in heading:
            raise InvalidInput(
                f"The file has no column “{name}”; it has {', '.join(heading)}.",
                [FieldError(f"/columns/{name}", "is no column of the file")],
            )
    for use in {*by_hand.values()} - {*SAYING, IGNORED}:
        twice = [name for name, had in by_hand.items() if had == use]
        if len(twice) > 1:
            raise InvalidInput(
                f"“{twice[0]}” and “{twice[1]}” cannot both be {use}.",
                [FieldError(f"/columns/{name}", "is said of two columns") for name in twice],
            )
