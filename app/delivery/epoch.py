"""The send epoch: whether this database is older than what it has sent, asked before it sends.

An epoch is the number of a Call, or one that the Calls' sequence gave to a launch. The database
knows the greatest that it has; places outside it keep the greatest that was sent (docs/adr/0018).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from app.db.session import Sessions, transaction
from app.errors import WrongState
from app.models import Call, Installation
from app.outside.base import Store, StoreError

OLDER: Final = (
    "The database is older than what it has sent: it was restored from a backup, or a replica took "
    "over. Run `devoured restored` before anything is sent."
)
LOST: Final = (
    "It is not known how far this database has sent: no place outside it keeps its send epoch any "
    "more. Run `devoured restored`, or with --is-current if it was never restored."
)
"""Why the account is held; a person resumes it once the database was brought up to date."""

_NEXT: Final = text(
    """
    UPDATE installations SET send_epoch = greatest(
        send_epoch, nextval(pg_get_serial_sequence('calls', 'id')),
        (SELECT max(id) FROM calls))
    RETURNING send_epoch
    """
)
_log = structlog.get_logger(__name__)


class EpochState(StrEnum):
    """How the database stands to a place, or to all of them."""

    KEPT = "kept"
    OLDER = "older"
    MISSING = "missing"
    UNREACHABLE = "unreachable"


HELD_BECAUSE: Final = {EpochState.OLDER: OLDER, EpochState.MISSING: LOST}


@dataclass(frozen=True)
class Mark:
    """The answer of a place: its epoch, None where it has none, or why it did not answer."""

    place: str
    is_near: bool
    epoch: int | None = None
    error: str | None = None


@dataclass(frozen=True)
class Marks:
    """The answers of the places about an installation, asked for before the database is."""

    installation: UUID | None = None
    marks: tuple[Mark, ...] = ()

    @property
    def highest(self) -> int:
        """Return the greatest epoch of all places, 0 when none has any."""
        return max((mark.epoch or 0 for mark in self.marks), default=0)


@dataclass(frozen=True)
class Known:
    """What the database knows: whose it is, its epoch, and whether one was ever kept outside."""

    installation: UUID
    epoch: int
    was_kept: bool


def known_epoch(session: Session) -> Known:
    """Return what the database knows; a look at two primary keys."""
    newest = select(func.max(Call.id)).scalar_subquery()
    row = session.execute(
        select(
            Installation.installation_id,
            func.greatest(Installation.send_epoch, newest),
            Installation.send_epoch > 0,
        )
    ).one()
    return Known(*row)


def epoch_state(known: Known, mark: Mark) -> EpochState:
    """Return how the database stands to one place."""
    if mark.error is not None:
        return EpochState.UNREACHABLE
    if mark.epoch is None:
        return EpochState.MISSING if known.was_kept else EpochState.KEPT
    return EpochState.OLDER if mark.epoch > known.epoch else EpochState.KEPT


def standing(known: Known, marks: Marks) -> EpochState:
    """Return how the database stands to all places together.

    It is older if any place is ahead of it. Only near places, which know of every lease, can say
    that it is not: where all that answer have lost the epoch it is missing. Where there are no
    places nothing is ever said.
    """
    found = [(epoch_state(known, mark), mark.is_near) for mark in marks.marks]
    if not found:
        return EpochState.KEPT
    if any(one is EpochState.OLDER for one, _ in found):
        return EpochState.OLDER
    near = [one for one, is_near in found if is_near]
    for one in (EpochState.KEPT, EpochState.MISSING):
        if one in near:
            return one
    return EpochState.UNREACHABLE


def next_epoch(session: Session) -> int:
    """Return a new epoch of the database, greater than that of any Call so far."""
    return int(session.execute(_NEXT).scalar_one())


def keep_epoch(session: Session) -> None:
    """Let the database keep its epoch though the Calls that it is the number of are deleted."""
    newest = select(func.max(Call.id)).scalar_subquery()
    session.execute(
        update(Installation).values(send_epoch=func.greatest(Installation.send_epoch, newest))
    )


def read_marks(places: Sequence[Store], installation: UUID) -> Marks:
    """Ask every place for the epoch and change nothing; network, so no transaction may be open."""
    return Marks(installation, tuple(read_mark(place, installation) for place in places))


def read_marks_now(sessions: Sessions, places: Sequence[Store]) -> Marks:
    """Ask every place for this database's epoch and change nothing; in no transaction of yours."""
    with transaction(sessions) as session:
        installation = known_epoch(session).installation
    return read_marks(places, installation)


def refuse_if_behind(session: Session, marks: Marks) -> None:
    """Raise WrongState where the database is older than what it has sent, or may be."""
    found = standing(known_epoch(session), marks)
    if found in HELD_BECAUSE:
        raise WrongState(HELD_BECAUSE[found])


def read_mark(place: Store, installation: UUID) -> Mark:
    """Ask one place, as `look` does."""
    try:
        return Mark(place.name, place.is_near, place.epoch(installation))
    except StoreError as error:
        return Mark(place.name, place.is_near, error=str(error))
