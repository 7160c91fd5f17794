"""The send epoch as one process knows it, which compares it before it sends and raises it.

What an epoch is, and how a database stands to the places that keep one, is in `epoch`.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.actors import SYSTEM
from app.db.session import Sessions, transaction
from app.delivery.account import pause_account
from app.delivery.epoch import (
    HELD_BECAUSE,
    EpochState,
    Mark,
    Marks,
    known_epoch,
    next_epoch,
    read_mark,
    read_marks,
    standing,
)
from app.models import Installation
from app.outside.base import Store, StoreError

EVERY: Final = 60.0
"""Seconds between two durable raises of a process that sends."""

_log = structlog.get_logger(__name__)


@dataclass
class SendEpoch:
    """The epoch as one process knows it, which asks and raises it at the places, nearest first.

    `seconds` is a clock that only goes forward. Without places it says and keeps nothing.
    """

    places: Sequence[Store] = ()
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

    def allows(self, session: Session, marks: Marks, now: datetime) -> bool:
        """Return whether anything may be sent from this database, as far as the places say.

        Otherwise the account is paused until a person resumes it, or, where no place answers,
        nothing is sent until one does. `marks` are what `ask` said before this transaction began.
        """
        known = known_epoch(session)
        if marks.marks and marks.installation != known.installation:
            self.forget()  # another database took the place of the one that was asked about
            return False
        match standing(known, marks):
            case EpochState.KEPT:
                return True
            case EpochState.UNREACHABLE:
                _log.error("send_epoch_unreachable")
            case found:
                hold(session, found, now)
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
        """Return whether it is known whose epoch this is, or there is no place to keep it."""
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
        found = standing(known, read_marks(self.places, known.installation))
        if known.was_kept or found is EpochState.OLDER:
            return known.installation
        if self.raise_to(known.epoch):
            with transaction(sessions) as session:
                next_epoch(session)
            _log.info("send_epoch_begun", installation=str(known.installation))
        else:
            self._whose = None
        return known.installation

    def _ask(self, place: Store, whose: UUID, *, durably: bool) -> Mark:
        """Return what the place says; it is raised only where it does not know enough."""
        mark = read_mark(place, whose)
        self._say(place, mark.error)
        if mark.error is None and self._sent and (durably or (mark.epoch or -1) < self._sent):
            self._raise(place, whose, durably=durably)
            return replace(mark, epoch=max(mark.epoch or 0, self._sent))
        return mark

    def _raise(self, place: Store, whose: UUID, *, durably: bool) -> bool:
        try:
            place.raise_epoch(whose, self._sent, durably=durably)
        except StoreError as error:
            self._say(place, str(error))
            return False
        return True

    def _say(self, place: Store, error: str | None) -> None:
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


def hold(session: Session, found: EpochState, now: datetime) -> None:
    """Pause the account, and note since when this database is known to be behind."""
    pause_account(session, SYSTEM, HELD_BECAUSE[found], now)
    session.execute(update(Installation).where(Installation.held_at.is_(None)).values(held_at=now))
