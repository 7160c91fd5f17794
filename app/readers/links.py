"""A link to one's own preferences by mail, for who has none of our mails at hand."""

from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.addresses import Address, parse_address
from app.delivery.eligibility import is_suppressed
from app.delivery.letters import queue_letter, was_not_taken
from app.enums import AskKind, LetterKind, SubscriberState
from app.mailboxes import mailbox_digest
from app.models import Letter, Subscriber
from app.readers.asks import ask_link
from app.readers.signup_guard import SignupGuard

LINK_WITHIN: Final = timedelta(hours=24)
"""How long the link in such a mail is good for."""

LINK_AGAIN_AFTER: Final = timedelta(minutes=10)
"""How long asking a second time makes no second mail."""

_log = structlog.get_logger(__name__)


def request_link(
    session: Session,
    guard: SignupGuard,
    typed: str,
    client: str | None,
    now: datetime,
    kind: AskKind = AskKind.PREFERENCES_LINK,
    language: str = "",
) -> Address:
    """Write down that somebody wants a link sent to an address; return the address.

    `language` is the code of what they read, for a mail to who chose none.

    It passes the limits that sign-ups pass, and does the same whatever is known of the address.
    Call it before the first statement of a transaction, because it asks Valkey.

    Raises:
        InvalidInput: it is no address; addresses that may not sign up are taken.
        TooMany: as `SignupGuard.admit`.
    """
    address = parse_address(typed, allow_reserved=guard.allow_reserved)
    is_limited = not guard.admit(address, client)
    ask_link(session, address, now, is_limited=is_limited, kind=kind, language=language)
    return address


def send_link(session: Session, address: Address, pepper: str, now: datetime) -> None:
    """Queue a Letter with a link to this address's preferences, if it is one of our readers'."""
    reader = session.scalar(
        select(Subscriber)
        .where(
            Subscriber.address_key == address.key,
            Subscriber.state != SubscriberState.ERASED,
            ~is_suppressed(),
        )
        .with_for_update()
    )
    if reader is None or _was_sent(session, reader, now):
        return
    queue_letter(
        session,
        LetterKind.PREFERENCES_LINK,
        subscriber_id=reader.id,
        mailbox=mailbox_digest(address, pepper),
        now=now,
    )
    _log.info("link_asked_for", subscriber_id=reader.id)


def _was_sent(session: Session, reader: Subscriber, now: datetime) -> bool:
    """Return whether a link that is still good was sent just now to the address they have now."""
    since = now - LINK_AGAIN_AFTER
    recent = select(Letter.id).where(
        Letter.subscriber_id == reader.id,
        Letter.kind == LetterKind.PREFERENCES_LINK,
        Letter.created_at > max(since, reader.moved_at or since),
        ~was_not_taken(),
    )
    return session.scalar(recent.limit(1)) is not None
