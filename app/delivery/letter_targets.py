"""Where a Letter goes, and whether it may go there now."""

from datetime import datetime

from sqlalchemy import func, select, true
from sqlalchemy.orm import Session

from app.delivery.eligibility import is_suppressed, wants_no_issue, why_no_letter
from app.delivery.mailboxes import READERS_REST, REST, take_turn
from app.enums import DeliveryState, LetterKind, SubscriberState
from app.models import Letter, ReaderSign, Subscriber, User


def is_waiting(session: Session, letter_id: int, now: datetime) -> bool:
    """Return whether this Letter may be sent now, as far as its own row says; only read."""
    letter = session.get(Letter, letter_id)
    return letter is not None and letter.state == DeliveryState.QUEUED and letter.not_before <= now


def where_to(session: Session, letter: Letter, now: datetime) -> tuple[str | None, str]:
    """Return the address of a Letter, or None and why there is none."""
    if letter.kind is LetterKind.SIGN_IN:
        mine = User.id == letter.facts["user_id"]
        is_wanted = func.coalesce(User.signed_out_at < letter.created_at, true())
        return session.scalar(select(User.address).where(mine, is_wanted)), "withdrawn"
    if letter.subscriber_id is None:
        return letter.address, "no_address"
    if letter.kind is LetterKind.NEW_ADDRESS:
        return letter.address, "withdrawn"  # suppression was looked at when it was asked for
    address, state, suppressed, paused = session.execute(
        select(Subscriber.address, Subscriber.state, is_suppressed(), wants_no_issue(now)).where(
            Subscriber.id == letter.subscriber_id
        )
    ).one()
    reason = why_no_letter(letter.kind, state, suppressed=suppressed, paused=paused)
    if reason is None and letter.kind is LetterKind.SUNSET and _is_answered(session, letter):
        reason = "answered"
    return (address, "no_address") if reason is None else (None, reason)


def _is_answered(session: Session, letter: Letter) -> bool:
    """Return whether its reader showed a sign since it was queued: nobody asks them any more."""
    shown = select(ReaderSign.subscriber_id).where(
        ReaderSign.subscriber_id == letter.subscriber_id, ReaderSign.last_at >= letter.created_at
    )
    return session.scalar(shown) is not None


def public_id_of(session: Session, letter: Letter) -> int | None:
    """Return the public id of a Letter's reader; None where it is nobody's."""
    if letter.subscriber_id is None:
        return None
    return session.scalar(select(Subscriber.public_id).where(Subscriber.id == letter.subscriber_id))


def has_turn(session: Session, letter: Letter, now: datetime) -> bool:
    """Return whether its mailbox may get this Letter, and count it there the first time."""
    if letter.mailbox is None or letter.attempt > 0:
        return True
    rest = REST
    if letter.kind is LetterKind.PREFERENCES_LINK:
        reader = session.get_one(Subscriber, letter.subscriber_id)
        rest = READERS_REST if reader.state is SubscriberState.ACTIVE else REST
    return take_turn(session, letter.mailbox, rest, now)
