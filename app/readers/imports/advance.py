"""Advance an Import by one step; a killed one goes on where it was."""

from datetime import datetime
from typing import Final

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.clock import Clock
from app.db.session import EnqueueNow, Sessions, enqueue_after_commit, transaction
from app.delivery.alone import Alone
from app.enums import ImportState
from app.models import Import
from app.readers.imports.adding import SLOTS, add_slots
from app.readers.imports.reading import Reader, read_stretch

OPEN: Final = (ImportState.READING, ImportState.ADDING)
"""The states of an Import that a worker has to go on with."""

_log = structlog.get_logger(__name__)


def advance(
    sessions: Sessions, import_id: int, reader: Reader, clock: Clock, enqueue_now: EnqueueNow
) -> bool:
    """Do one step of the Import; return whether it did and the Import is still open.

    It is one transaction of about a second. It returns False when there is nothing to do or another
    process is at it. It is safe at any time, by any number of processes.
    """

    def stop(reason: str) -> None:
        with transaction(sessions) as session:
            _fail(session, import_id, reason)

    with Alone("advance_import", stop), transaction(sessions, enqueue_now) as session:
        return _step(session, import_id, reader, clock())
    return False


def share_of(row: Import) -> float:
    """Return how much of its present state an Import has done, from 0 to 1."""
    match row.state:
        case ImportState.ADDING:
            return row.next_slot / SLOTS
        case ImportState.READING:
            return row.read_at / row.n_bytes if row.n_bytes else 0.0
        case ImportState.UPLOADING | ImportState.FAILED:
            return 0.0
        case _:
            return 1.0


def enqueue_imports(session: Session) -> None:
    """Enqueue jobs for the Imports that are open, in case one was lost or a process killed."""
    for import_id in session.scalars(select(Import.id).where(Import.state.in_(OPEN))):
        enqueue_after_commit(session, "advance_import", import_id)


def _step(session: Session, import_id: int, reader: Reader, now: datetime) -> bool:
    row = session.scalar(
        select(Import)
        .where(Import.id == import_id, Import.state.in_(OPEN))
        .with_for_update(skip_locked=True)
    )
    if row is None:
        return False
    if row.state is ImportState.READING:
        read_stretch(session, row, reader, now)
    else:
        add_slots(session, row, now)
    if row.state in OPEN:
        return True
    _log.info("import_advanced", import_id=import_id, state=row.state)
    return False


def _fail(session: Session, import_id: int, reason: str) -> None:
    """Stop an Import that cannot go on, as when a category's name was changed since.

    Whoever it added stays; read anew and started again, it adds the others.
    """
    open_one = update(Import).where(Import.id == import_id, Import.state.in_(OPEN))
    session.execute(open_one.values(state=ImportState.FAILED, error=reason))
