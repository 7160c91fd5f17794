"""Subscribers as editors see them: found, listed, changed, erased."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import NotFound, WrongState
from app.models import Subscriber
from app.words import SubscriberState

_log = structlog.get_logger(__name__)


def get_subscriber(session: Session, subscriber_id: int) -> Subscriber:
    """The Subscriber, or NotFound."""
    subscriber = session.get(Subscriber, subscriber_id)
    if subscriber is None:
        raise NotFound(f"There is no subscriber {subscriber_id}.")
    return subscriber


def list_subscribers(
    session: Session,
    *,
    after: int,
    limit: int,
    state: SubscriberState | None = None,
    address_key: str | None = None,
) -> Sequence[Subscriber]:
    """At most `limit` Subscribers with an id above `after`, in the order of their ids."""
    query = select(Subscriber).where(Subscriber.id > after).order_by(Subscriber.id).limit(limit)
    if state is not None:
        query = query.where(Subscriber.state == state)
    if address_key is not None:
        query = query.where(Subscriber.address_key == address_key)
    return session.scalars(query).all()


def change_preferences(session: Session, subscriber_id: int, changes: dict[str, Any]) -> Subscriber:
    """The Subscriber with other categories, depth or pause.

    Raises:
        WrongState: the Subscriber was erased.
    """
    subscriber = session.get(Subscriber, subscriber_id, with_for_update=True)
    if subscriber is None:
        raise NotFound(f"There is no subscriber {subscriber_id}.")
    if subscriber.state == SubscriberState.ERASED:
        raise WrongState("This subscriber was erased.")
    for name, value in changes.items():
        setattr(subscriber, name, value)
    return subscriber


def erase(session: Session, subscriber_id: int, now: datetime) -> None:
    """Forget who the Subscriber is; the ledger's counts and a Suppression's HMAC stay."""
    subscriber = session.get(Subscriber, subscriber_id, with_for_update=True)
    if subscriber is None:
        raise NotFound(f"There is no subscriber {subscriber_id}.")
    subscriber.address = None
    subscriber.address_key = None
    subscriber.address_hmac = b""
    subscriber.follows = 0
    subscriber.left_at = subscriber.left_at or now
    subscriber.state = SubscriberState.ERASED
    _log.info("erased", subscriber_id=subscriber_id)
