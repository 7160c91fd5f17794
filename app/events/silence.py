"""Silence: find the instants for which it proves something that no Event came.

`health` measures one window and says how much is missing. A send that goes badly has a doubt in
every minute, and a look at the whole ledger for each of them would keep the workers from sending.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from app.delivery.timing import USUAL, Timing
from app.events.health import accepted_mails, is_all_heard, is_late, last_heard_at
from app.models import Call
from app.settings import Settings

_PARTS: Final = 30
"""So many parts has the time around a lost Call; one that is torn counts as torn in all of it."""


_UNUSUAL: Final = timedelta(minutes=15)
"""SES tells of a mail within seconds; after so long its Events are likely to be lost."""

_LOOKED_AT: Final = timedelta(hours=24)


def silent_since(session: Session, settings: Settings, now: datetime) -> datetime | None:
    """Return since when no Event comes although mails are accepted; None while they do.

    It is None, too, where mail leaves by a provider that tells of none. What was accepted more
    than a day ago is not looked at. It costs one look at an index while Events come.
    """
    if settings.transport != "ses":
        return None
    day_ago = now - _LOOKED_AT
    last = last_heard_at(session)
    heard_at = max(last or day_ago, day_ago)
    closed = Call.closed_at.between(heard_at, now - _UNUSUAL)
    if not session.scalar(select(exists().where(closed))):
        return None
    mails = accepted_mails(session, heard_at, now - _UNUSUAL).c
    first = session.scalar(select(func.min(mails.at)).where(mails.event_at.is_(None)))
    return None if first is None else last or first


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
        counts = [self._parts.get(part, (0, 0)) for part in range(first, last + 1)]
        accepted, heard = ([count[kind] for count in counts] for kind in (0, 1))
        return sum(accepted[1:-1]) > 0 and is_all_heard(sum(accepted), sum(heard))

    def _listen(self, session: Session, since: datetime) -> None:
        """Count what was accepted and heard of since then, by parts; nothing where none came."""
        self._since = since - self._width
        received_at = last_heard_at(session)
        self._is_heard = received_at is not None and received_at >= since
        if not self._is_heard or is_late(session, self.now, self.timing.backlog):
            self._is_heard = False
            return
        self._parts = _counted(session, self._since, self._width.total_seconds())

    def _part(self, at: datetime) -> int:
        return int(at.timestamp() // self._width.total_seconds())

    @property
    def _width(self) -> timedelta:
        return self.timing.around / _PARTS


def _counted(session: Session, since: datetime, width: float) -> dict[int, tuple[int, int]]:
    """Return how many were accepted and how many of them heard of, by the number of the part."""
    mails = accepted_mails(session, since).c
    part = func.floor(func.extract("epoch", mails.at) / width).label("part")
    counted = select(part, func.count(), func.count(mails.event_at)).group_by("part")
    return {int(number): (accepted, heard) for number, accepted, heard in session.execute(counted)}
