"""Readers in doubt, and what SES tells of mails: how late it comes, and whether it comes at all."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.delivery.doubt import DOUBTS_OF, count_doubts
from app.enums import DeliveryState, EventKind
from app.events.health import last_heard_at
from app.events.silence import silent_since
from app.events.unreadable import count_unreadable
from app.metrics.families import (
    DOUBTS,
    EVENT_LAG,
    LAST_EVENT,
    OLDEST_DOUBT,
    SILENT,
    UNREADABLE,
    Sample,
    Samples,
    instant,
)
from app.models import Delivery, Event
from app.settings import Settings

_TOLD_OF: Final = (EventKind.SENT, EventKind.DELIVERED)
_NEWEST: Final = 1000
_LATELY: Final = timedelta(hours=1)


def doubts(session: Session, now: datetime) -> Samples:
    """Yield how many readers are in doubt, and since when."""
    found = count_doubts(session, now - DOUBTS_OF)
    yield Sample(DOUBTS, sum(n for _, n in found))
    since = select(func.min(Delivery.at)).where(
        Delivery.issue_id.in_([issue.id for issue, _ in found]),
        Delivery.state == DeliveryState.IN_DOUBT,
    )
    yield from instant(OLDEST_DOUBT, session.scalar(since))


def events(session: Session, now: datetime) -> Samples:
    """Yield when events came, how late, and how many could not be read."""
    yield from instant(LAST_EVENT, last_heard_at(session))
    yield Sample(UNREADABLE, count_unreadable(session))
    lag = _lag(session, now)
    if lag is not None:
        yield Sample(EVENT_LAG, max(0.0, lag))


def silence(session: Session, now: datetime, settings: Settings) -> Samples:
    """Yield since when no event comes though mails are accepted."""
    yield from instant(SILENT, silent_since(session, settings, now))


def _lag(session: Session, now: datetime) -> float | None:
    """Return the median of how many seconds the newest Events took, of those that are read.

    The newest are taken first, whatever they are: where many wait to be read, looking for others
    would go through all of them.
    """
    newest = (
        select(Event.received_at, Event.happened_at, Event.kind)
        .where(Event.received_at > now - _LATELY)
        .order_by(Event.received_at.desc())
        .limit(_NEWEST)
        .subquery()
    )
    seconds = func.extract("epoch", newest.c.received_at - newest.c.happened_at)
    median = func.percentile_cont(0.5).within_group(seconds)
    lag = session.scalar(select(median).where(newest.c.kind.in_(_TOLD_OF)))
    return None if lag is None else float(lag)
