"""Forget: remove an erased reader from the imported files that are kept.

A file cannot be kept without one of its lines, so it goes as a whole; what was read from it stays.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import idna
from sqlalchemy import ColumnElement, Text, any_, cast, delete, exists, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from app.characters import LONGEST
from app.enums import ImportState
from app.models import Import, ImportBadRow, ImportPiece, ImportRow
from app.readers.imports.reading import SHOWN, pieces_of

FORGOTTEN: Final = "Somebody in this file was erased before it was read; upload it again."
_UNREAD: Final = (ImportState.UPLOADING, ImportState.READING)
_LIKE: Final = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})


def forget_in_imports(session: Session, addresses: Sequence[str]) -> None:
    """Delete what Imports hold of these addresses, in lower case: rows, bad rows, whole files.

    An Import that was read goes on without its file; one that has still to be read fails. A bad
    row or a file of another whose address holds this one goes too: it can be brought again.
    """
    wanted = {spelling for address in addresses for spelling in _spellings(address)}
    if not wanted:
        return
    waiting = _locked(session)
    with_files = session.scalars(select(ImportPiece.import_id).distinct()).all()
    found = [one for one in with_files if _holds(pieces_of(session, one, 0), wanted)]
    # Rows before pieces, as the end of adding deletes them: neither waits for the other in a ring.
    session.execute(delete(ImportRow).where(ImportRow.address_key.in_(addresses)))
    for row in waiting:
        if row.id in found and row.state in _UNREAD:
            session.execute(delete(ImportRow).where(ImportRow.import_id == row.id))
            row.state, row.error = ImportState.FAILED, FORGOTTEN
    session.execute(delete(ImportPiece).where(ImportPiece.import_id.in_(found)))
    session.execute(
        delete(ImportBadRow)
        .where(or_(*(_is_in(one) for one in sorted(wanted)), _is_cut_off(addresses)))
        .execution_options(synchronize_session=False)
    )


def _locked(session: Session) -> Sequence[Import]:
    """Lock the Imports with a file, so that no step reads on meanwhile, and return them.

    An Import that adds needs its file no more, and holds readers' rows for which it might wait for
    us.
    """
    has_file = exists().where(ImportPiece.import_id == Import.id)
    return session.scalars(
        select(Import)
        .where(has_file, Import.state != ImportState.ADDING)
        .order_by(Import.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def _holds(pieces: Iterator[bytes], wanted: Iterable[str]) -> bool:
    """Return whether one of these stands in the file, also across the border of two pieces."""
    longest = max(map(len, wanted))
    end = ""
    for piece in pieces:
        text = end + piece.decode(errors="replace").lower()
        if any(one in text for one in wanted):
            return True
        end = text[-longest:]
    return False


def _is_in(spelling: str) -> ColumnElement[bool]:
    cells = func.array_to_string(ImportBadRow.cells, "\n")
    return or_(
        func.strpos(func.lower(cells), spelling) > 0,
        func.strpos(func.lower(ImportBadRow.reason), spelling) > 0,
    )


def _is_cut_off(addresses: Iterable[str]) -> ColumnElement[bool]:
    """Return whether a cell that may be shortened ends within the domain of one of these."""
    ends = [
        "%" + address[:end].translate(_LIKE)
        for address in addresses
        for end in range(address.find("@") + 1, len(address))
    ]
    cell = func.unnest(ImportBadRow.cells).column_valued("cell")
    shortened = func.char_length(cell) > SHOWN - LONGEST
    like = func.lower(cell).like(any_(cast(ends, ARRAY(Text))))
    return select(1).where(shortened, like).exists()


def _spellings(address: str) -> set[str]:
    """Return the address as we write to it, and with its domain in its own language's letters."""
    local, _, domain = address.rpartition("@")
    try:
        return {address, f"{local}@{idna.decode(domain).lower()}"}
    except idna.IDNAError:
        return {address}
