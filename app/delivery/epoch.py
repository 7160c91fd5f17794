"""The send epoch: whether this database is older than what it has sent, asked before it sends.

An epoch is the number of a Call, or one that the Calls' sequence gave to a launch. The database
knows the greatest that it has; places outside it keep the greatest that was sent (docs/adr/0018).
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from app.db.session import Sessions, transaction
from app.delivery.account import pause_account
from app.errors import WrongState
from app.models import Call, Installation
from app.outside.base import Place, PlaceError

EVERY: Final = 60.0
"""Seconds between two durable raises of a process that sends."""

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


class Standing(StrEnum):
    """How the database stands to a place, or to all of them."""

    KEPT = "kept"
    OLDER = "older"
    MISSING = "missing"
    UNREACHABLE = "unreachable"


_HELD_BECAUSE: Final = {Standing.OLDER: OLDER, Standing.MISSING: LOST}


@dataclass(frozen=True)
class Mark:
    """What a place said: its epoch, None where it has none, or `error` where it did not answer."""

    place: str
    is_near: bool
    epoch: int | None = None
    error: str | None = None


@dataclass(frozen=True)
class Marks:
    """What the places said of an installation, before the database was asked."""

    installation: UUID | None = None
    marks: tuple[Mark, ...] = ()

    @property
    def highest(self) -> int:
        """The greatest epoch of all places, 0 where none has any."""
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


def standing_of(known: Known, mark: Mark) -> Standing:
    """Return how the database stands to one place."""
    if mark.error is not None:
        return Standing.UNREACHABLE
    if mark.epoch is None:
        return Standing.MISSING if known.was_kept else Standing.KEPT
    return Standing.OLDER if mark.epoch > known.epoch else Standing.KEPT


def standing(known: Known, marks: Marks) -> Standing:
    """Return how the database stands to all places together.

    It is older if any place is ahead of it. Only near places, which know of every lease, can say
    that it is not: where all that answer have lost the epoch it is missing. Where there are no
    places nothing is ever said.
    """
    found = [(standing_of(known, mark), mark.is_near) for mark in marks.marks]
    if not found:
        return Standing.KEPT
    if any(one is Standing.OLDER for one, _ in found):
        return Standing.OLDER
    near = [one for one, is_near in found if is_near]
    for one in (Standing.KEPT, Standing.MISSING):
        if one in near:
            return one
    return Standing.UNREACHABLE


def next_epoch(session: Session) -> int:
    """Return a new epoch of the database, greater than that of any Call so far."""
    return int(session.execute(_NEXT).scalar_one())


def keep_epoch(session: Session) -> None:
    """Let the database keep its epoch though the Calls that it is the number of are deleted."""
    newest = select(func.max(Call.id)).scalar_subquery()
    session.execute(
        update(Installation).values(send_epoch=func.greatest(Installation.send_epoch, newest))
    )


def look(places: Sequence[Place], installation: UUID) -> Marks:
    """Ask every place for the epoch and change nothing; network, so no transaction may be open."""
    return Marks(installation, tuple(_look_at(place, installation) for place in places))


def look_now(sessions: Sessions, places: Sequence[Place]) -> Marks:
    """Ask every place for this database's epoch and change nothing; in no transaction of yours."""
    with transaction(sessions) as session:
        installation = known_epoch(session).installation
    return look(places, installation)


def refuse_if_behind(session: Session, marks: Marks) -> None:
    """Raise WrongState where the database is older than what it has sent, or may be."""
    found = standing(known_epoch(session), marks)
    if found in _HELD_BECAUSE:
        raise WrongState(_HELD_BECAUSE[found])


def _look_at(place: Place, installation: UUID) -> Mark:
    try:
        return Mark(place.name, place.is_near, place.epoch(installation))
    except PlaceError as error:
        return Mark(place.name, place.is_near, error=str(error))


@dataclass
class SendEpoch:
    """The epoch as one process knows it, which asks and raises it at the places, nearest first.

    `seconds` is a clock that only goes forward. Without places it says and keeps nothing.
    """

    places: Sequence[Place] = ()
    sessions: Sessions | None = None
    seconds: Callable[[], float] = time.monotonic
    _whose: UUID | None = None
    _sent: int = 0
    _durable_at: float | None = None
    _silent: set[str] = field(default_factory=set)

    def ask(self) -> Marks:
        """Return what the places say, and raise them to what was sent; network, no transaction.

        The near ones are asked each time, the others each minute and at first; then all are raised
        durably.
        """
        if self.sessions is None or not self.places:
            return Marks()
        whose = self._whose or self._begin(self.sessions)
        now = self.seconds()
        durably = self._durable_at is None or now - self._durable_at >= EVERY
        asked = [place for place in self.places if durably or place.is_near]
        marks = Marks(whose, tuple(self._ask(place, whose, durably=durably) for place in asked))
        if durably and self._whose is not None:
            self._durable_at = now
        return marks

    def allows(self, session: Session, marks: Marks) -> bool:
        """Whether anything may be sent from this database, as far as the places say.

        Otherwise the account is paused until a person resumes it, or, where no place answers,
        nothing is sent until one does. `marks` are what `ask` said before this transaction began.
        """
        known = known_epoch(session)
        if marks.marks and marks.installation != known.installation:
            self.forget()  # another database took the place of the one that was asked about
            return False
        match standing(known, marks):
            case Standing.KEPT:
                return True
            case Standing.UNREACHABLE:
                _log.error("send_epoch_unreachable")
            case found:
                pause_account(session, _HELD_BECAUSE[found])
        return False

    def sent(self, call_id: int) -> None:
        """Note at the nearest place that this Call is about to be handed over; never raises."""
        if self._whose is not None:
            self._sent = max(self._sent, call_id)
            self._raise(self.places[0], self._whose, durably=False)

    def raise_to(self, epoch: int) -> bool:
        """Raise every place durably; whether at least one was, or there are none at all."""
        if self._whose is None:
            return not self.places
        whose, self._sent = self._whose, max(self._sent, epoch)
        kept = [self._raise(place, whose, durably=True) for place in self.places]
        return any(kept)

    @property
    def is_begun(self) -> bool:
        """Whether it is known whose epoch this is, or there is no place to keep it."""
        return self._whose is not None or not self.places

    def forget(self) -> None:
        """Ask anew whose database this is: another may have taken its place."""
        self._whose, self._sent, self._durable_at = None, 0, None

    def _begin(self, sessions: Sessions) -> UUID:
        """Return whose database this is; one whose epoch was never kept begins to be kept.

        The places come first: whoever is killed in between finds nothing missing afterwards. Where
        none answers, the next one who asks begins.
        """
        with transaction(sessions) as session:
            known = known_epoch(session)
        self._whose = known.installation
        found = standing(known, look(self.places, known.installation))
        if known.was_kept or found is Standing.OLDER:
            return known.installation
        if self.raise_to(known.epoch):
            with transaction(sessions) as session:
                next_epoch(session)
            _log.info("send_epoch_begun", installation=str(known.installation))
        else:
            self._whose = None
        return known.installation

    def _ask(self, place: Place, whose: UUID, *, durably: bool) -> Mark:
        """Return what the place says; it is raised only where it does not know enough."""
        mark = _look_at(place, whose)
        self._say(place, mark.error)
        if mark.error is None and self._sent and (durably or (mark.epoch or -1) < self._sent):
            self._raise(place, whose, durably=durably)
            return replace(mark, epoch=max(mark.epoch or 0, self._sent))
        return mark

    def _raise(self, place: Place, whose: UUID, *, durably: bool) -> bool:
        try:
            place.raise_epoch(whose, self._sent, durably=durably)
        except PlaceError as error:
            self._say(place, str(error))
            return False
        return True

    def _say(self, place: Place, error: str | None) -> None:
        """Log once that a place does not answer, and once that it does again."""
        if error is not None and place.name not in self._silent:
            _log.error("send_epoch_not_kept", place=place.name, error=error)
            self._silent.add(place.name)
        elif error is None and place.name in self._silent:
            _log.warning("send_epoch_kept_again", place=place.name)
            self._silent.remove(place.name)


def raise_epoch(sessions: Sessions, epoch: SendEpoch) -> bool:
    """Raise the epoch before a launch, in the database and durably outside it.

    Whether it was: where no place keeps it, nothing may be launched yet.
    """
    if epoch.is_begun:
        with transaction(sessions) as session:
            number = next_epoch(session)
        if epoch.raise_to(number):
            return True
    _log.error("launch_waits_for_a_place")
    return False
