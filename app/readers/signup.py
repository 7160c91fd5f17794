"""Sign up and confirm: an address joins when its owner says so, and nobody learns who has."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.addresses import Address, address_hmac
from app.delivery.cuts import is_suppressed
from app.delivery.letters import queue_letter
from app.errors import Gone
from app.models import ErasedAddress, Letter, Subscriber
from app.readers.consent import Origin, record_consent
from app.words import ConsentStep, Depth, LetterKind, SubscriberState

CONFIRM_WITHIN: Final = timedelta(days=7)
"""How long the link in a confirmation mail is good for."""

MAIL_AGAIN_AFTER: Final = timedelta(hours=1)
"""How long a second sign-up of the same address makes no second mail."""

_log = structlog.get_logger(__name__)


def sign_up(
    session: Session,
    address: Address,
    *,
    follows: int,
    depth: Depth,
    pepper: str,
    now: datetime,
    origin: Origin,
) -> None:
    """Make the address a pending Subscriber and queue one confirmation Letter.

    Returns nothing in every case, so that no caller can tell whether the address was known: who
    is active already stays as they are, a suppressed address gets no mail, and neither does one
    that was written to within the last hour.
    """
    subscriber = _pending(session, address, follows, depth, pepper, now)
    if subscriber is None:
        return
    record_consent(session, subscriber, ConsentStep.SIGNED_UP, origin, now)
    if _was_asked(session, subscriber, now):
        return
    queue_letter(session, LetterKind.CONFIRMATION, subscriber_id=subscriber.id, now=now)
    _log.info("signed_up", subscriber_id=subscriber.id)


def confirm(session: Session, subscriber_id: int, now: datetime, origin: Origin) -> Subscriber:
    """The Subscriber, active; repeating it changes nothing.

    Raises:
        Gone: the address was erased, or left after this link was made.
    """
    subscriber = session.get(Subscriber, subscriber_id, with_for_update=True)
    if subscriber is None or subscriber.state in {SubscriberState.ERASED, SubscriberState.LEFT}:
        raise Gone("This link no longer works. Please sign up again.")
    if subscriber.state == SubscriberState.PENDING:
        subscriber.state = SubscriberState.ACTIVE
        subscriber.confirmed_at = now
        record_consent(session, subscriber, ConsentStep.CONFIRMED, origin, now)
        _log.info("confirmed", subscriber_id=subscriber.id)
    return subscriber


def add_active(
    session: Session,
    readers: Sequence[tuple[Address, int, Depth]],
    pepper: str,
    now: datetime,
    origin: Origin,
) -> int:
    """How many new active Subscribers these made, for people whose consent an editor holds.

    Addresses that are known in any state, those who left among them, are left as they are, and
    so are those that were erased.
    """
    rows = [
        {
            "address": address.text,
            "address_key": address.key,
            "address_hmac": address_hmac(address.key, pepper),
            "state": SubscriberState.ACTIVE,
            "follows": follows,
            "depth": depth,
            "created_at": now,
            "confirmed_at": now,
        }
        for address, follows, depth in readers
    ]
    hmacs = [row["address_hmac"] for row in rows]
    erased = set(
        session.scalars(
            select(ErasedAddress.address_hmac).where(ErasedAddress.address_hmac.in_(hmacs))
        )
    )
    rows = [row for row in rows if row["address_hmac"] not in erased]
    if not rows:
        return 0
    added = insert(Subscriber).values(rows).on_conflict_do_nothing().returning(Subscriber)
    subscribers = session.scalars(added).all()
    for subscriber in subscribers:
        record_consent(session, subscriber, ConsentStep.ADDED, origin, now)
    return len(subscribers)


def _pending(
    session: Session, address: Address, follows: int, depth: Depth, pepper: str, now: datetime
) -> Subscriber | None:
    """The address's Subscriber in state pending, made or brought back; None if active."""
    values = {
        "address": address.text,
        "address_key": address.key,
        "address_hmac": address_hmac(address.key, pepper),
        "state": SubscriberState.PENDING,
        "follows": follows,
        "depth": depth,
        "created_at": now,
    }
    statement = insert(Subscriber).values(values)
    chosen = {name: statement.excluded[name] for name in ("address", "state", "follows", "depth")}
    return session.scalar(
        statement.on_conflict_do_update(
            index_elements=["address_key"],
            set_=chosen,
            where=Subscriber.state.in_([SubscriberState.PENDING, SubscriberState.LEFT]),
        )
        .returning(Subscriber)
        .execution_options(populate_existing=True)
    )


def _was_asked(session: Session, subscriber: Subscriber, now: datetime) -> bool:
    """Whether the address is suppressed or had a confirmation mail a short while ago."""
    recent = select(Letter.id).where(
        Letter.subscriber_id == subscriber.id,
        Letter.kind == LetterKind.CONFIRMATION,
        Letter.created_at > now - MAIL_AGAIN_AFTER,
    )
    suppressed = select(Subscriber.id).where(Subscriber.id == subscriber.id, is_suppressed())
    return session.scalar(recent.limit(1)) is not None or session.scalar(suppressed) is not None
