"""Letters: one mail to one person, through intent, Transport and outcome like everything else.

This is the one home of a Letter's state: queued, sending in an open Call, then accepted, failed,
skipped, in doubt, or queued again; an Event moves it from anywhere. Whoever moves one calls this.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import structlog
from sqlalchemy import Boolean, ColumnElement, TextClause, literal_column, select, text, update
from sqlalchemy.orm import Session

from app.db.session import enqueue_after_commit
from app.delivery.account import account_pause, pause_for
from app.delivery.letter_targets import has_turn, public_id_of, where_to
from app.delivery.letter_tries import has_tries
from app.delivery.record import delay_before
from app.delivery.refused import settled_as, suppress_refused
from app.enums import CallState, DeliveryState, LetterKind
from app.models import AcceptedBy, Call, Letter
from app.transports.base import Accepted, InDoubt, Outcome, Refused

_log = structlog.get_logger(__name__)

_PROVE: Final[TextClause] = text(
    """
    UPDATE letters l
    SET state = v.state, reason = v.reason, provider_id = v.provider_id, event_at = v.event_at,
        cause = v.cause, attempt = v.attempt, settled_at = coalesce(l.settled_at, :now),
        accepted_by = CASE WHEN l.accepted_by = 'answer' THEN 'answer' ELSE 'event' END
    FROM unnest(CAST(:letter_ids AS bigint[]), CAST(:states AS text[]), CAST(:reasons AS text[]),
                CAST(:provider_ids AS text[]), CAST(:event_ats AS timestamptz[]),
                CAST(:causes AS text[]), CAST(:attempts AS smallint[]))
        AS v (letter_id, state, reason, provider_id, event_at, cause, attempt)
    WHERE l.id = v.letter_id
    """
)


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


def not_taken_sql(letter: str) -> str:
    """Write the condition that no server took this Letter, by the name of its row in a statement.

    Nobody has read it, so that it holds nobody back who asks for another. One that bounced later
    was taken first.
    """
    bounced = f"{letter}.state = 'bounced' AND {letter}.accepted_by IS NULL"
    return f"({letter}.state = 'failed' OR ({bounced}))"


def was_not_taken() -> ColumnElement[bool]:
    """Return the condition of `not_taken_sql` on `Letter`."""
    return literal_column(not_taken_sql(Letter.__tablename__), Boolean)


def queueing_sql(
    kind: LetterKind, mailbox: str = ":mailbox", facts: str = "'{}'", at: str = ":now"
) -> str:
    """Write the insert of a queued Letter to a reader's `id`, to which a statement adds its FROM.

    The others are SQL, too; `:now` is a parameter. Whoever executes it enqueues the job.
    """
    columns = "kind, subscriber_id, mailbox, facts, state, attempt, not_before, created_at"
    values = f"'{kind}', id, {mailbox}, {facts}, 'queued', 0, {at}, :now"
    return f"INSERT INTO letters ({columns}) SELECT {values}"


def queue_letter(
    session: Session,
    kind: LetterKind,
    *,
    now: datetime,
    subscriber_id: int | None = None,
    address: str | None = None,
    mailbox: bytes | None = None,
    facts: Mapping[str, Any] | None = None,
    skipped: str | None = None,
) -> Letter:
    """Queue a Letter, which goes out as soon as the transaction is committed.

    `mailbox` is the digest of where it goes, if anybody can have it sent (`delivery.mailboxes`).
    `skipped` is why it is not to be sent after all: it is written down all the same, and takes as
    long, so that nobody learns of it.
    """
    letter = Letter(
        kind=kind,
        subscriber_id=subscriber_id,
        address=address,
        mailbox=mailbox,
        facts=dict(facts or {}),
        state=DeliveryState.QUEUED if skipped is None else DeliveryState.SKIPPED,
        attempt=0,
        not_before=now,
        reason=skipped,
        created_at=now,
        settled_at=None if skipped is None else now,
    )
    session.add(letter)
    session.flush()  # the job carries its id
    enqueue_after_commit(session, "send_letter", letter.id)
    return letter


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
            Letter.id == letter_id, Letter.state == DeliveryState.QUEUED, Letter.not_before <= now
        )
        .with_for_update(skip_locked=True)
    )
    if letter is None:
        return None
    address, reason = where_to(session, letter, now)
    if address is not None and not has_turn(session, letter, now):
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
        public_id_of(session, letter),
    )


def close_letter(session: Session, opened: OpenLetter, outcome: Outcome, now: datetime) -> bool:
    """Settle the Letter's Call and return whether this did it; see `close_letter_call`."""
    return close_letter_call(session, opened.call_id, outcome, now)


def close_letter_call(session: Session, call_id: int, outcome: Outcome, now: datetime) -> bool:
    """Settle the Call of a Letter, unless it is closed; return whether this settled it.

    A Call that was given up may still be settled. An accepted Letter is proof, even where the
    Letter has been tried again since; any other outcome counts only before that.
    """
    call = session.get_one(Call, call_id, with_for_update=True, populate_existing=True)
    letter = session.get_one(Letter, call.letter_id, with_for_update=True, populate_existing=True)
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
        reader = None if letter.kind is LetterKind.NEW_ADDRESS else letter.subscriber_id
        if reader is not None and letter.state is DeliveryState.BOUNCED:
            suppress_refused(session, [(reader, outcome)], call.opened_at, now)
    return is_last or isinstance(outcome, Accepted)


def _take_outcome(letter: Letter, outcome: Outcome, now: datetime, *, is_last: bool) -> None:
    match outcome:
        case Accepted(message_id):
            settle_letter(letter, DeliveryState.ACCEPTED, now, provider_id=message_id)
        case _ if not is_last:
            return
        case InDoubt(code):
            letter.reason = code
        case Refused(kind, code) if kind != "never" and has_tries(letter, outcome):
            requeue_letter(letter, now + delay_before(letter.attempt))
            letter.reason = code
        case Refused():
            state, reason, letter.cause = settled_as(outcome)
            settle_letter(letter, state, now, reason=reason)


def fail_letter(session: Session, opened: OpenLetter, reason: str, now: datetime) -> None:
    """Settle a Letter that cannot be made into a mail: its template is wrong, its Issue gone."""
    close_letter(session, opened, Refused("never", reason), now)


def skip_unwanted(session: Session, opened: OpenLetter, now: datetime) -> bool:
    """Settle an open Letter as skipped if its reader no longer gets it; return whether they do not.

    Asked last before it is handed over: making the mail takes a moment, in which a reader may
    leave or pause.
    """
    letter = session.get_one(Letter, opened.letter_id)
    address, reason = where_to(session, letter, now)
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
    which = Letter.id == letter_id
    settle_letters(session, which, DeliveryState.FAILED, reason, now, only={state})


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


def requeue_letter(letter: Letter, at: datetime) -> None:
    """Let a Letter wait again, until `at`."""
    letter.state = DeliveryState.QUEUED
    letter.not_before = at
    letter.settled_at = None


def settle_letters(
    session: Session,
    which: ColumnElement[bool],
    state: DeliveryState,
    reason: str,
    now: datetime,
    *,
    only: Collection[DeliveryState] = (DeliveryState.QUEUED,),
) -> int:
    """Write down what became of all these Letters that are in one of `only`; return how many."""
    settled = session.scalars(
        update(Letter)
        .where(which, Letter.state.in_(only))
        .values(state=state, reason=reason, settled_at=now)
        .returning(Letter.id)
    )
    return len(settled.all())


def prove_letters(session: Session, proofs: Mapping[str, Sequence[Any]], now: datetime) -> None:
    """Move Letters to what Events prove of them: a list for each column, beside `letter_ids`."""
    session.execute(_PROVE, {**proofs, "now": now})
