"""Unreadable Events: what came from the provider and could not be read, for a person to look at.

They are kept as long as other Events, and are read again on request: after an upgrade that
understands them, a complaint or a bounce among them still counts.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.actors import Actor, Verb
from app.audit import record_step
from app.db.session import enqueue_after_commit
from app.enums import EventState
from app.models import Event

_IS_UNREADABLE: Final = Event.state == EventState.UNREADABLE

_log = structlog.get_logger(__name__)


def count_unreadable(session: Session) -> int:
    """Return how many stored Events could not be read."""
    return session.scalar(select(func.count()).where(_IS_UNREADABLE)) or 0


def list_unreadable(session: Session, *, after: int, limit: int) -> Sequence[Event]:
    """Return Events that could not be read, by id from behind `after`; `body` is personal."""
    found = select(Event).where(_IS_UNREADABLE, Event.id > after).order_by(Event.id).limit(limit)
    return session.scalars(found).all()


def apply_unreadable_again(session: Session, actor: Actor, now: datetime) -> int:
    """Queue all Events that could not be read to be read and applied again; return how many."""
    again = update(Event).where(_IS_UNREADABLE).values(state=EventState.NEW, error=None)
    n_events = len(session.scalars(again.returning(Event.id)).all())
    after = {"n_events": n_events}
    record_step(session, actor, Verb.APPLY_EVENTS_AGAIN, "events", now, after=after)
    if n_events:
        enqueue_after_commit(session, "apply_events")
        _log.info("events_applied_again", n_events=n_events)
    return n_events
