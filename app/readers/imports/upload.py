"""Upload: store a file piece by piece, and guess its form and columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import ColumnElement, and_, delete, func, select
from sqlalchemy.orm import Session

from app.actors import Actor, Verb
from app.audit import fields_of, record
from app.characters import cut
from app.db.session import enqueue_after_commit
from app.enums import Depth, ImportState
from app.errors import FieldError, InvalidInput, NotFound, WrongState
from app.models import Import, ImportBadRow, ImportPiece, ImportRow
from app.readers.imports.fields import NOTHING
from app.readers.imports.layout import Layout, recognise
from app.readers.imports.rows import places_of
from app.readers.imports.services import form_named, form_of
from app.readers.imports.uses import ColumnUses, changed, samples_of, stops, uses_of

KEPT_FOR: Final = timedelta(days=1)
"""How long a file and its bad rows are kept that nobody goes on with, or that is done."""

MAX_CONSENT: Final = 500
MAX_NAME: Final = 200
_HEAD: Final = 1 << 18

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class FormatHints:
    """What a file is, where somebody knows better; what is empty is guessed.

    `columns` says what a column is, by its name: a field, or `ignored`.
    """

    delimiter: str = ""
    form: str = ""
    columns: Mapping[str, str] | None = None


def begin_import(
    session: Session, name: str, *, follows: int, depth: Depth, now: datetime
) -> Import:
    """Add an Import whose file is still to come."""
    row = Import(
        name=cut(name.replace("\0", ""), MAX_NAME),
        state=ImportState.UPLOADING,
        encoding="",
        delimiter="",
        heading=[],
        has_heading=True,
        form="",
        columns={},
        doubts={},
        follows=follows,
        depth=depth,
        consent="",
        n_bytes=0,
        read_at=0,
        line=1,
        n_rows=0,
        n_bad=0,
        next_slot=0,
        counts={},
        created_at=now,
    )
    session.add(row)
    session.flush()  # its pieces carry its id
    return row


def add_piece(session: Session, import_id: int, data: bytes) -> None:
    """Append a piece of the file, in UTF-8; nothing for an empty one.

    Raises:
        WrongState: it is not waited for, as when somebody in it was erased meanwhile.
    """
    row = _in_state(session, import_id, ImportState.UPLOADING)
    if not data:
        return
    session.add(
        ImportPiece(import_id=import_id, starts_at=row.n_bytes, n_bytes=len(data), data=data)
    )
    row.n_bytes += len(data)


def end_upload(
    session: Session, actor: Actor, import_id: int, encoding: str, hints: FormatHints
) -> Import:
    """Recognise the columns of the Import and return it; from now on a worker reads it.

    Raises:
        InvalidInput: the file is empty, or what was said of it does not fit.
        WrongState: as `add_piece`.
    """
    row = _in_state(session, import_id, ImportState.UPLOADING)
    layout = recognise(_head_of(session, import_id), hints.delimiter)
    row.encoding = encoding
    row.delimiter, row.heading = layout.delimiter, list(layout.heading)
    row.has_heading = layout.has_heading
    carried = layout.bad_rows.form if layout.bad_rows else ""
    named = hints.form or carried
    form = form_named(named) if named else form_of(row.heading, row.name)
    row.form = form.name
    _set_uses(row, layout, hints.columns or {}, anew=True)
    _begin_reading(session, row, layout)
    record(session, actor, Verb.UPLOAD_IMPORT, row, row.created_at)
    return row


def change_import(
    session: Session,
    actor: Actor,
    import_id: int,
    changes: Mapping[str, Any],
    now: datetime,
) -> Import:
    """Change the Import's form, columns, categories or depth and return it; it is read anew.

    Raises:
        WrongState: it has begun to add readers, or its file is gone.
    """
    row = _in_state(session, import_id, ImportState.READING, ImportState.READY, ImportState.FAILED)
    if session.scalar(select(ImportPiece.starts_at).where(ImportPiece.import_id == row.id)) is None:
        raise WrongState("The file of this import is gone; upload it again.")
    before = fields_of(row)
    layout = recognise(_head_of(session, row.id), row.delimiter)
    if "form" in changes:
        row.form = form_named(changes["form"]).name
    row.follows = changes.get("follows", row.follows)
    row.depth = changes.get("depth", row.depth)
    _set_uses(row, layout, changes.get("columns", {}), anew="form" in changes)
    _begin_reading(session, row, layout)
    record(session, actor, Verb.CHANGE_IMPORT, row, now, before=before)
    return row


def start(session: Session, actor: Actor, import_id: int, consent: str, now: datetime) -> Import:
    """Start adding the Import's readers and return it; `consent` says how they agreed.

    Raises:
        InvalidInput: nothing is said of their consent.
        WrongState: it is not read to its end, was started before, or a column is in doubt.
    """
    row = _in_state(session, import_id, ImportState.READY)
    if reasons := stops(row.doubts, row.heading):
        mend = "Say what each of these columns is, a field or “ignored”, and start it then."
        raise WrongState(f"The file may say no to somebody: {reasons}. {mend}")
    sentence = " ".join(consent.split())
    if not sentence or len(sentence) > MAX_CONSENT:
        raise InvalidInput(
            f"Say in at most {MAX_CONSENT} characters how these people agreed to be written to.",
            [FieldError("/consent", "is needed")],
        )
    before = fields_of(row)
    row.consent, row.started_at = sentence, now
    row.state, row.next_slot, row.counts = ImportState.ADDING, 0, {}
    record(session, actor, Verb.START_IMPORT, row, now, before=before)
    enqueue_after_commit(session, "advance_import", row.id)
    _log.info("import_started", import_id=row.id)
    return row


def discard(session: Session, actor: Actor, import_id: int, now: datetime) -> None:
    """Delete an Import that adds nobody, with its file.

    Raises:
        WrongState: it is adding readers; the one that is done stays as a record.
    """
    row = get_import(session, import_id, lock=True)
    if row.state in {ImportState.ADDING, ImportState.DONE}:
        raise WrongState(f"Import {import_id} is {row.state}; it stays as a record.")
    record(session, actor, Verb.DISCARD_IMPORT, row, now, before=fields_of(row), after={})
    session.execute(delete(ImportRow).where(ImportRow.import_id == import_id))
    session.delete(row)


def get_import(session: Session, import_id: int, *, lock: bool = False) -> Import:
    """Return the Import, or raise NotFound."""
    row = session.get(Import, import_id, with_for_update=lock or None, populate_existing=lock)
    if row is None:
        raise NotFound(f"There is no import {import_id}.")
    return row


def column_samples(session: Session, row: Import) -> dict[str, list[str]]:
    """Return each column's first three different values, shortened; none if the file is gone.

    They are personal: show them to whoever may import.
    """
    head = _head_of(session, row.id)
    sample = recognise(head, row.delimiter).sample if head else ()
    return samples_of(row.heading, sample, n_values=3, n_chars=40)


def list_imports(session: Session, *, before: int, limit: int) -> Sequence[Import]:
    """Return at most `limit` Imports with an id below `before`, the newest first."""
    query = select(Import).where(Import.id < before).order_by(Import.id.desc()).limit(limit)
    return session.scalars(query).all()


def bad_rows(session: Session, import_id: int, *, after: int, limit: int) -> Sequence[ImportBadRow]:
    """Return at most `limit` bad rows after line `after`, in the order of the file."""
    mine = select(ImportBadRow).where(ImportBadRow.import_id == import_id)
    query = mine.where(ImportBadRow.line > after).order_by(ImportBadRow.line).limit(limit)
    return session.scalars(query).all()


def forget_files(session: Session, now: datetime) -> None:
    """Delete what is personal of Imports that nobody went on with for a day, or that are done.

    One that is adding readers is never forgotten: a tick goes on with it.
    """
    is_old = has_old_file(now - KEPT_FOR)
    old = select(Import.id).where(is_old)
    for table in (ImportPiece, ImportRow, ImportBadRow):
        session.execute(delete(table).where(table.import_id.in_(old)))
    session.execute(delete(Import).where(Import.state != ImportState.DONE, is_old))


def has_old_file(before: datetime) -> ColumnElement[bool]:
    """Return the condition of Imports that nobody went on with since then; none adds readers."""
    last = func.coalesce(Import.finished_at, Import.started_at, Import.created_at)
    return and_(Import.state != ImportState.ADDING, last < before)


def _in_state(session: Session, import_id: int, *states: ImportState) -> Import:
    row = get_import(session, import_id, lock=True)
    if row.state not in states:
        raise WrongState(f"Import {import_id} is {row.state}. {row.error or ''}".rstrip())
    return row


def _set_uses(row: Import, layout: Layout, by_hand: Mapping[str, str], *, anew: bool) -> None:
    """Set what each column is: `anew` by its name, else as it was, and then as said by hand.

    What a bad-rows file carries was said of the file before it.
    """
    uses = ColumnUses(row.columns, row.doubts)
    if anew:
        uses = uses_of(form_named(row.form), row.heading, layout.sample)
        if layout.bad_rows is not None:
            carried = zip(row.heading, layout.bad_rows.uses, strict=True)
            before = {name: use for name, use in carried if use not in {"", NOTHING}}
            uses = changed(uses, row.heading, before)
    uses = changed(uses, row.heading, by_hand)
    places_of(row.heading, uses.columns)
    row.columns, row.doubts = uses.columns, uses.doubts


def _begin_reading(session: Session, row: Import, layout: Layout) -> None:
    for table in (ImportRow, ImportBadRow):
        session.execute(delete(table).where(table.import_id == row.id))
    row.state, row.error, row.counts = ImportState.READING, None, {}
    row.read_at, row.line, row.n_rows, row.n_bad = layout.read_at, layout.line, 0, 0
    enqueue_after_commit(session, "advance_import", row.id)


def _head_of(session: Session, import_id: int) -> bytes:
    """Return the beginning of the file, cut at a line's end where that leaves anything."""
    mine = select(ImportPiece.data).where(ImportPiece.import_id == import_id)
    first = session.scalar(mine.order_by(ImportPiece.starts_at).limit(1)) or b""
    if len(first) <= _HEAD:
        return first
    return first[: first.rfind(b"\n", 0, _HEAD) + 1] or first[:_HEAD]
