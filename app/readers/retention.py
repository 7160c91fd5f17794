"""Forget readers whose time is over by the operator's settings: who never confirmed, who left.

The settings are `pending_days` and `left_days`; docs/retention.md says what is kept of whom.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.actors import SYSTEM
from app.enums import ConsentSource, SubscriberState
from app.models import Subscriber
from app.readers.consent import Origin
from app.readers.erasure import erase

AT_ONCE: Final = 100
"""Readers that one transaction erases: each is looked for in several tables."""

_BY_RULE: Final = Origin(ConsentSource.EDITOR, None)
"""The operator decides it for them, by a setting."""


def is_unconfirmed_since(before: datetime) -> ColumnElement[bool]:
    """Return the condition of who never confirmed, and was asked to before that instant."""
    asked_at = func.coalesce(Subscriber.asked_at, Subscriber.created_at)
    return (Subscriber.state == SubscriberState.PENDING) & (asked_at < before)


def has_left_before(before: datetime) -> ColumnElement[bool]:
    """Return the condition of who left before that instant and did not come back."""
    return (Subscriber.state == SubscriberState.LEFT) & (Subscriber.left_at < before)


def erase_unconfirmed(session: Session, before: datetime, now: datetime) -> int:
    """Erase at most `AT_ONCE` who never confirmed; return how many.

    No mark of theirs stays that keeps imports from adding them: somebody else may have typed their
    address, again and again.
    """
    return _erase_each(session, is_unconfirmed_since(before), now, keeps_mark=False)


def erase_left(session: Session, before: datetime, now: datetime) -> int:
    """Erase at most `AT_ONCE` who left; return how many. No import brings them back."""
    return _erase_each(session, has_left_before(before), now, keeps_mark=True)


def _erase_each(
    session: Session, is_over: ColumnElement[bool], now: datetime, *, keeps_mark: bool
) -> int:
    query = select(Subscriber.id).where(is_over).order_by(Subscriber.id).limit(AT_ONCE)
    ids = session.scalars(query.with_for_update(skip_locked=True)).all()
    for subscriber_id in ids:
        erase(session, SYSTEM, subscriber_id, now, _BY_RULE, keeps_mark=keeps_mark)
    return len(ids)
