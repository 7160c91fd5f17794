"""Reading: a stretch of the file into `import_rows`, each stretch a transaction of its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from app.characters import cut
from app.db.copying import copy_lines
from app.enums import ImportState
from app.models import Import, ImportBadRow, ImportPiece
from app.publication.categories import categories_by_name
from app.publication.zones import known_zones
from app.readers.imports.adding import expected_counts
from app.readers.imports.quick import QuickAddresses
from app.readers.imports.records import Records, lines_of
from app.readers.imports.rows import COPIED, Reading
from app.readers.imports.services import form_named
from app.readers.imports.signs import Search
from app.readers.imports.standings import BadRowError

STRETCH: Final = 1 << 21
"""Bytes of one stretch: about half a second of short records, and less of long ones."""

_AHEAD: Final = 1 << 21
"""Bytes that are fetched beyond a stretch: more than a record, or a line of it, is cut at."""

SHOWN: Final = 200
"""Characters that are kept of each cell of a bad row."""

_CELLS: Final = 50


@dataclass(frozen=True)
class Reader:
    """What reading needs beyond the file; it remembers domains from one stretch to the next."""

    pepper: str
    addresses: QuickAddresses


def read_stretch(session: Session, row: Import, reader: Reader, now: datetime) -> None:
    """Read on where the Import was left; at the end it is ready, its counts worked out.

    The caller holds the Import's row. Raises nothing for what stands in the file.
    """
    reading = _reading(session, row, reader, now)
    until = row.read_at + STRETCH
    # Fetched before, for nothing else can be asked while rows are copied.
    pieces = list(pieces_of(session, row.id, row.read_at, until + _AHEAD))
    records = Records(lines_of(pieces), row.delimiter, at=row.read_at, line=row.line)
    stretch = _Stretch(row.id, records, reading, Search(reading.searched), [])
    # PostgreSQL stores the rows that came while the next ones are read.
    copy_lines(session, "import_rows", COPIED, stretch.lines(until))
    if stretch.bad:
        session.execute(insert(ImportBadRow), stretch.bad)
    row.read_at, row.line = records.at, records.line
    if doubts := stretch.search.found():
        row.columns = {name: use for name, use in row.columns.items() if name not in doubts}
        row.doubts = row.doubts | doubts
    row.n_rows += stretch.n_seen
    row.n_bad += len(stretch.bad)
    if row.read_at >= row.n_bytes or records.at < until:
        _end(session, row)


@dataclass
class _Stretch:
    """The records of a stretch; `bad` and `n_seen` are whole once all lines were taken."""

    import_id: int
    records: Records
    reading: Reading
    search: Search
    bad: list[dict[str, object]]
    n_seen: int = 0

    def lines(self, until: int) -> Iterator[str]:
        """Yield the good rows, for COPY, up to the first record that ends at `until` or behind."""
        width = self.reading.width
        for line, cells, wrong in self.records:
            self.n_seen += 1
            if len(cells) == width:
                self.search.add(line, cells)
            try:
                if not wrong:
                    yield self.reading.copied(self.import_id, line, cells)
            except BadRowError as error:
                wrong = str(error)  # noqa: PLW2901  # told like what the CSV itself had wrong
            if wrong:
                self.bad.append(_bad(self.import_id, line, wrong, cells))
            if self.records.at >= until:
                return


def pieces_of(
    session: Session, import_id: int, at: int, until: int | None = None
) -> Iterator[bytes]:
    """Yield the file from this byte on, fetched a piece at a time; none that begins at `until`."""
    while until is None or at < until:
        piece = session.execute(
            select(ImportPiece.starts_at, ImportPiece.data)
            .where(
                ImportPiece.import_id == import_id,
                ImportPiece.starts_at + ImportPiece.n_bytes > at,
            )
            .order_by(ImportPiece.starts_at)
            .limit(1)
        ).first()
        if piece is None:
            return
        starts_at, data = piece
        yield data[at - starts_at :] if at > starts_at else data
        at = starts_at + len(data)


def _end(session: Session, row: Import) -> None:
    session.execute(text("ANALYZE import_rows"))  # the plans of what follows need its size
    row.counts = expected_counts(session, row)
    row.state = ImportState.READY


def _reading(session: Session, row: Import, reader: Reader, now: datetime) -> Reading:
    by_name = categories_by_name(session)
    return Reading(
        row.heading,
        row.columns,
        form_named(row.form),
        categories={key: (row.state, row.mask) for key, row in by_name.items()},
        zones=known_zones(session),
        addresses=reader.addresses,
        pepper=reader.pepper,
        now=now,
    )


def _bad(import_id: int, line: int, reason: str, cells: list[str]) -> dict[str, object]:
    whole = (cell.replace("\0", "\N{REPLACEMENT CHARACTER}") for cell in cells[:_CELLS])
    excerpts = [cut(cell, SHOWN) for cell in whole]
    return {"import_id": import_id, "line": line, "reason": reason, "cells": excerpts}
