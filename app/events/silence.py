"""Silence: for which instants it means something that no Event came, from one look at the ledger.

`health` measures one window and says how much is missing. A send that goes badly has a doubt in
every minute, and a look at the whole ledger for each of them would keep the workers from sending.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.delivery.timing import USUAL, Timing
from app.enums import CallState
from app.events.health import is_late, sending_between
from app.models import Call, Delivery, Event, Letter

_PARTS: Final = 30
"""So many parts has the time around a lost Call; one that is torn counts as torn in all of it."""


@dataclass
class Silence:
    """Whether the stream of Events was whole in a window; asked of many, it reads the ledger once.

    The same law as `Health.is_whole`, and never laxer: a window is widened to whole parts. It is
    good for one tick, `now`.
    """

    now: datetime
    timing: Timing = USUAL
    _since: datetime | None = None
    _parts: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    _is_heard: bool = False

    def is_whole(self, session: Session, since: datetime, until: datetime) -> bool:
        """Return whether all that SES accepted in this time, at least one, was heard of."""
        if self._since is None or since < self._since:
            self._listen(session, since)
        if not self._is_heard:
            return False
        first, last = self._part(since), self._part(until)
        told = [self._parts[part] for part in range(first, last + 1) if part in self._parts]
        inside = [self._parts[part][0] for part in range(first + 1, last) if part in self._parts]
        return sum(inside) > 0 and all(n_accepted == n_heard for n_accepted, n_heard in told)

    def _listen(self, session: Session, since: datetime) -> None:
        """Count what was accepted and heard of since then, by parts; nothing where none came."""
        self._since = since - self._width
        received_at = session.scalar(select(func.max(Event.received_at)))
        self._is_heard = received_at is not None and received_at >= since
        if not self._is_heard or is_late(session, self.now, self.timing.backlog):
            self._is_heard = False
            return
        self._parts = _counted(session, self._since, self.now, self._width.total_seconds())

    def _part(self, at: datetime) -> int:
        return int(at.timestamp() // self._width.total_seconds())

    @property
    def _width(self) -> timedelta:
        return self.timing.around / _PARTS


def _counted(
    session: Session, since: datetime, now: datetime, width: float
) -> dict[int, tuple[int, int]]:
    """Return how many were accepted and how many of them heard of, by the number of the part."""

    def part(at: InstrumentedAttribute[Any]) -> ColumnElement[int]:
        return func.floor(func.extract("epoch", at) / width)

    mails = select(part(Delivery.at).label("part"), func.count(), func.count(Delivery.event_at))
    letters = select(part(Call.closed_at).label("part"), func.count(), func.count(Letter.event_at))
    is_last = (Call.letter_id == Letter.id) & (Call.attempt == Letter.attempt)
    found: dict[int, tuple[int, int]] = {}
    for statement in (
        mails.where(
            Delivery.issue_id.in_(sending_between(session, since, now)),
            Delivery.at >= since,
            Delivery.call_id.is_not(None),
            Delivery.provider_id.is_not(None),
        ),
        letters.join(Letter, is_last).where(
            Call.state == CallState.CLOSED,
            Call.closed_at >= since,
            Letter.provider_id.is_not(None),
        ),
    ):
        for number, n_accepted, n_heard in session.execute(statement.group_by("part")):
            before = found.get(int(number), (0, 0))
            found[int(number)] = (before[0] + n_accepted, before[1] + n_heard)
    return found
