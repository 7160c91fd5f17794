"""Letters: one mail to one person, through intent, Transport and outcome like everything else."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.db.session import enqueue_after_commit
from app.delivery.account import account_pause, pause_for
from app.delivery.eligibility import is_paused, is_suppressed, why_no_letter
from app.delivery.mailboxes import READERS_REST, REST, take_turn
from app.delivery.record import delay_before
from app.enums import CallState, DeliveryState, LetterKind, SubscriberState
from app.models import AcceptedBy, Call, Letter, Subscriber, User
from app.transports.base import Accepted, InDoubt, Outcome, Refused

MAX_TRIES: Final = 8

LETTERS_A_JOB: Final = 20
"""Letters that one task sends, about a second's worth."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class OpenLetter:
    """A committed intent to send one Letter; the public ids name it and its reader to the world."""

    call_id: int
    letter_id: int
    kind: LetterKind
    subscriber_id: int | None
    address: str
    facts: Mapping[str, Any]
    attempt: int
    opened_at: datetime
    public_id: int
    reader_public_id: int | None


def queue_letter(
    session: Session,
    kind: LetterKind,
    *,
    now: datetime,
    subscriber_id: int | None = None,
    address: str | None = None,
    mailbox: bytes | None = None,
    facts: Mapping[str, Any] | None = None,
) -> Letter:
    """Queue a Letter, which goes out as soon as the transaction is committed.

    `mailbox` is the digest of where it goes, if anybody can have it sent (`delivery.mailboxes`).
    """
    letter = Letter(
        kind=kind,
        subscriber_id=subscriber_id,
        address=address,
        mailbox=mailbox,
        facts=dict(facts or {}),
        state=DeliveryState.QUEUED,
        attempt=0,
        not_before=now,
        created_at=now,
    )
    session.add(letter)
    session.flush()  # the job carries its id
    enqueue_after_commit(session, "send_letter", letter.id)
    return letter


def is_waiting(session: Session, letter_id: int, now: datetime) -> bool:
    """Return whether this Letter may be sent now, as far as its own row says; only read."""
    letter = session.get(Letter, letter_id)
    return letter is not None and letter.state == DeliveryState.QUEUED and letter.not_before <= now


def open_letter(session: Session, letter_id: int, worker: str, now: datetime) -> OpenLetter | None:
    """Record the intent to send this Letter now; return None when there is nothing to do.

    That is when somebody else has it or nothing is to be sent. An address that was suppressed, a
    mailbox that did not answer its last Letters, or a Subscriber who no longer waits for this
    Letter settles it as skipped.
    """
    if account_pause(session, now) is not None:
        return None
    letter = session.scalar(
        select(Letter)
        .where(
            Letter.id == letter_id,
            Letter.state == DeliveryState.QUEUED,
            Letter.not_before <= now,
        )
        .with_for_update(skip_locked=True)
    )
    if letter is None:
        return None
    address, reason = _where_to(session, letter, now)
    if address is not None and not _has_turn(session, letter, now):
        address, reason = None, "unanswered"
    if address is None:
        settle_letter(letter, DeliveryState.SKIPPED, now, reason=reason)
        return None
    letter.state = DeliveryState.SENDING
    letter.attempt += 1
    call = Call(
        letter_id=letter.id,
        subscriber_ids=[],
        state=CallState.OPEN,
        attempt=letter.attempt,
        worker=worker,
        opened_at=now,
    )
    session.add(call)
    session.flush()  # the Call's id goes out with the result
    return OpenLetter(
        call.id,
        letter.id,
        letter.kind,
        letter.subscriber_id,
        address,
        letter.facts,
        letter.attempt,
        now,
        letter.public_id,
        _public_id_of(session, letter),
    )


def close_letter(session: Session, opened: OpenLetter, outcome: Outcome, now: datetime) -> bool:
    """Settle the Letter's Call and return whether this did it; see `close_letter_call`."""
    return close_letter_call(session, opened.call_id, outcome, now)


def close_letter_call(session: Session, call_id: int, outcome: Outcome, now: datetime) -> bool:
    """Settle the Call of a Letter, unless it is closed; return whether this settled it.

    A Call that was given up may still be settled. An accepted Letter is proof, even where the
    Letter has been tried again since; any other outcome counts only before that.
    """
    call = session.get_one(Call, call_id, with_for_update=True)
    letter = session.get_one(Letter, call.letter_id, with_for_update=True)
    if call.state == CallState.CLOSED:
        return False
    # Only what the provider itself said may vouch for the stream of Events: see `events.health`.
    call.state = CallState.IN_DOUBT if isinstance(outcome, InDoubt) else CallState.CLOSED
    call.closed_at = now
    if isinstance(outcome, Refused):
        pause_for(session, outcome, now)
    is_last = letter.attempt == call.attempt
    if isinstance(outcome, Accepted):
        letter.accepted_by = AcceptedBy.ANSWER  # also where an Event was faster
    # An Event, or an earlier Call that was accepted, told more than any answer can.
    if letter.event_at is None and letter.state != DeliveryState.ACCEPTED:
        _take_outcome(letter, outcome, now, is_last=is_last)
    return is_last or isinstance(outcome, Accepted)


def _take_outcome(letter: Letter, outcome: Outcome, now: datetime, *, is_last: bool) -> None:
    match outcome:
        case Accepted(message_id):
            settle_letter(letter, DeliveryState.ACCEPTED, now, provider_id=message_id)
        case _ if not is_last:
            return
        case InDoubt(code):
            letter.reason = code
        case Refused(kind, code) if kind != "never" and letter.attempt < MAX_TRIES:
            letter.state = DeliveryState.QUEUED
            letter.not_before = now + delay_before(letter.attempt)
            letter.reason = code
            letter.settled_at = None
        case Refused(_, code):
            settle_letter(letter, DeliveryState.FAILED, now, reason=code)


def fail_letter(session: Session, opened: OpenLetter, reason: str, now: datetime) -> None:
    """Settle a Letter that cannot be made into a mail: its template is wrong, its Issue gone."""
    close_letter(session, opened, Refused("never", reason), now)


def skip_unwanted(session: Session, opened: OpenLetter, now: datetime) -> bool:
    """Settle an open Letter as skipped if its reader no longer gets it; return whether they do not.

    Asked last before it is handed over: making the mail takes a moment, in which a reader may
    leave or pause.
    """
    letter = session.get_one(Letter, opened.letter_id)
    address, reason = _where_to(session, letter, now)
    if address is not None:
        return False
    call = session.get_one(Call, opened.call_id, with_for_update=True, populate_existing=True)
    session.refresh(letter, with_for_update=True)
    if call.state == CallState.OPEN:
        call.state, call.closed_at = CallState.CLOSED, now
        settle_letter(letter, DeliveryState.SKIPPED, now, reason=reason)
    return True


def set_letter_aside(
    session: Session,
    letter_id: int,
    reason: str,
    now: datetime,
    state: DeliveryState = DeliveryState.QUEUED,
) -> None:
    """Settle a Letter as failed by its id alone, whatever is wrong with the rest of its row."""
    session.execute(
        update(Letter)
        .where(Letter.id == letter_id, Letter.state == state)
        .values(state=DeliveryState.FAILED, reason=reason, settled_at=now)
    )


def enqueue_letters(session: Session, now: datetime) -> None:
    """Enqueue jobs for the Letters that wait, in case one was lost: few, each for several.

    Jobs for Letters go before those for Batches: one each would keep an issue waiting.
    """
    waiting = (
        select(Letter.id)
        .where(Letter.state == DeliveryState.QUEUED, Letter.not_before <= now)
        .order_by(Letter.not_before)
        .limit(200)
    )
    letter_ids = session.scalars(waiting).all()
    for start in range(0, len(letter_ids), LETTERS_A_JOB):
        enqueue_after_commit(session, "send_letter", *letter_ids[start : start + LETTERS_A_JOB])


def _where_to(session: Session, letter: Letter, now: datetime) -> tuple[str | None, str]:
    """Return the address of a Letter, or None and why there is none."""
    if letter.kind is LetterKind.SIGN_IN:
        mine = User.id == letter.facts["user_id"]
        return session.scalar(select(User.address).where(mine)), "withdrawn"
    if letter.subscriber_id is None:
        return letter.address, "no_address"
    if letter.kind is LetterKind.NEW_ADDRESS:
        return letter.address, "withdrawn"  # suppression was looked at when it was asked for
    address, state, suppressed, paused = session.execute(
        select(Subscriber.address, Subscriber.state, is_suppressed(), is_paused(now)).where(
            Subscriber.id == letter.subscriber_id
        )
    ).one()
    reason = why_no_letter(letter.kind, state, suppressed=suppressed, paused=paused)
    return (address, "no_address") if reason is None else (None, reason)


def _public_id_of(session: Session, letter: Letter) -> int | None:
    """Return the public id of a Letter's reader; None where it is nobody's."""
    if letter.subscriber_id is None:
        return None
    return session.scalar(select(Subscriber.public_id).where(Subscriber.id == letter.subscriber_id))


def _has_turn(session: Session, letter: Letter, now: datetime) -> bool:
    """Return whether its mailbox may get this Letter, and count it there the first time."""
    if letter.mailbox is None or letter.attempt > 0:
        return True
    rest = REST
    if letter.kind is LetterKind.PREFERENCES_LINK:
        reader = session.get_one(Subscriber, letter.subscriber_id)
        rest = READERS_REST if reader.state is SubscriberState.ACTIVE else REST
    return take_turn(session, letter.mailbox, rest, now)


def settle_letter(
    letter: Letter,
    state: DeliveryState,
    now: datetime,
    *,
    provider_id: str | None = None,
    reason: str | None = None,
) -> None:
    """Write down what became of a Letter."""
    letter.state = state
    letter.provider_id = provider_id
    letter.reason = reason
    letter.settled_at = now
