"""Imports of readers: the uploaded file in pieces, its rows as read, and those that are bad.

All but the Import's own row is personal and is deleted when it is done, at the latest a day later.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, SmallInteger
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.columns import word
from app.enums import Depth, ImportState


class Import(Base):
    """One file of readers, how it is read, how far it is, and what became of its rows.

    `form` is whose export it is. `columns` say what a column is, by its name: a field, `ignored` by
    a person, or `nothing`; `doubts` why nobody knows it of the others. `follows` and `depth` hold
    for rows that say nothing. `read_at` is the byte and `line` the line that is read next;
    `next_slot` is the first of the 256 slots of rows that are not added yet. `consent` is how the
    editor says these people agreed. `counts` holds a number per outcome: expected ones once read,
    what really became of the rows once added.
    """

    __tablename__ = "imports"
    __table_args__ = (Index("ix_imports_state", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    state: Mapped[ImportState] = mapped_column(word(ImportState))
    encoding: Mapped[str]
    delimiter: Mapped[str]
    heading: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    has_heading: Mapped[bool]
    form: Mapped[str]
    columns: Mapped[dict[str, Any]]
    doubts: Mapped[dict[str, Any]]
    follows: Mapped[int]
    depth: Mapped[Depth] = mapped_column(word(Depth))
    consent: Mapped[str]
    n_bytes: Mapped[int]
    read_at: Mapped[int]
    line: Mapped[int]
    n_rows: Mapped[int]
    n_bad: Mapped[int]
    next_slot: Mapped[int] = mapped_column(SmallInteger)
    counts: Mapped[dict[str, Any]]
    error: Mapped[str | None]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class ImportPiece(Base):
    """A part of an Import's file, in UTF-8; `starts_at` counts bytes from the file's beginning."""

    __tablename__ = "import_pieces"

    import_id: Mapped[int] = mapped_column(
        ForeignKey("imports.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    starts_at: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n_bytes: Mapped[int] = mapped_column(Integer)
    data: Mapped[bytes] = mapped_column(LargeBinary)


class ImportRow(Base):
    """A row that can be taken, as it was read; `standing` is `words.Standing`.

    `slot` is the first byte of the address's HMAC: rows of the same address share it, so that
    each slot can be added by itself. What the row does not say is None. There is no foreign key:
    checking it would cost a million rows more than writing them. The primary key finds a slot, too,
    so that no second index is written.
    """

    __tablename__ = "import_rows"

    import_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    slot: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    standing: Mapped[int] = mapped_column(SmallInteger)
    address: Mapped[str]
    address_key: Mapped[str]
    address_hmac: Mapped[bytes] = mapped_column(LargeBinary)
    follows: Mapped[int | None]
    depth: Mapped[str | None]
    hour: Mapped[int | None] = mapped_column(SmallInteger)
    time_zone: Mapped[str | None]
    language: Mapped[str | None]
    paused_until: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]


class ImportBadRow(Base):
    """A row that cannot be taken, why, and its cells, shortened, so that it can be mended."""

    __tablename__ = "import_bad_rows"

    import_id: Mapped[int] = mapped_column(
        ForeignKey("imports.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    reason: Mapped[str]
    cells: Mapped[list[str]] = mapped_column(ARRAY(TEXT))


class ErasedAddress(Base):
    """An address that was erased, as its HMAC alone, so that no import brings it back.

    Its owner may sign up again.
    """

    __tablename__ = "erased_addresses"

    address_hmac: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    erased_at: Mapped[datetime]
