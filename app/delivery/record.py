"""Record: close a Call with what the Transport said, and write its Deliveries once."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session, defer

from app.delivery.account import pause_for
from app.delivery.pausing import pause_issue
from app.delivery.reach import is_unreached
from app.delivery.refused import settled_as, suppress_refused
from app.delivery.statements import CLOSE, WRITE
from app.enums import BatchOrigin, BatchState, CallState, Cause, DeliveryState, IssueState
from app.models import Batch, Call, Delivery, Issue
from app.transports.base import Accepted, InDoubt, Outcome, Refused

MAX_TRIES: Final = 20
"""How often one reader may be refused `later` before we give up: about an hour."""

_FIRST_DELAY = timedelta(seconds=2)
LONGEST_DELAY: Final = timedelta(minutes=5)
"""Between two tries of readers who were refused for now."""


_log = structlog.get_logger(__name__)


Closing = Mapping[str, int | list[str | None]]
"""An open Call, and what became of each of its readers, as `statements.CLOSE` takes it."""


@dataclass(frozen=True)
class Result:
    """The result of a send for one reader."""

    state: DeliveryState
    provider_id: str | None = None
    reason: str | None = None
    cause: Cause | None = None


@dataclass(frozen=True)
class ReaderResult:
    """The reader, and what is written of them."""

    subscriber_id: int
    result: Result


def close_call(session: Session, call_id: int, outcomes: Sequence[Outcome], now: datetime) -> bool:
    """Close the Call: write its Deliveries, queue its `later` ones; return whether this did.

    `outcomes` are in the order of the Call's subscribers. A Call that was given up as in doubt
    meanwhile may still be closed, because its worker knows better; a closed Call may not. Readers
    who were queued again meanwhile are not queued a second time; nor is anybody whose Issue was
    sent meanwhile, for that would come to nothing: they are recorded as failed. A refusal that
    concerns the mail pauses the Issue, one that concerns the account pauses that. A mailbox that a
    server refused for good, or too often for now, is suppressed.
    """
    closing = plain_closing(call_id, outcomes)
    if closing is not None and session.scalars(CLOSE, {**closing, "now": now}).one():
        return True
    found = _unsettled(session, call_id)
    if found is None:
        return False
    call, batch = found
    pairs = list(zip(call.subscriber_ids, outcomes, strict=True))
    again = {who for who, what in pairs if _again(what, call)}
    if call.state == CallState.IN_DOUBT:
        if _is_sent(session, batch.issue_id):
            again.clear()
        others = again - _take_back(session, batch, call, again)
        pairs = [(who, what) for who, what in pairs if who not in others and _is_known(what)]
        again -= others
    settled = [ReaderResult(who, _result_of(what)) for who, what in pairs if who not in again]
    write_deliveries(session, batch, call.id, call.attempt, settled, now)
    if again:
        readers = [who for who, _ in pairs if who in again]
        # What reached nobody is no try that counts; there was one all the same.
        was_away = all(is_unreached(what) for who, what in pairs if who in again)
        tries = max(batch.tries, 1) if was_away else call.attempt
        session.add(_next_batch(batch, readers, tries, now))
    _pause_what_is_at_fault(session, batch.issue_id, outcomes, now)
    call.state = CallState.CLOSED
    call.closed_at = now
    suppress_refused(session, (one for one in pairs if one[0] not in again), call.opened_at, now)
    return True


def plain_closing(call_id: int, outcomes: Sequence[Outcome]) -> Closing | None:
    """Return what one statement closes the Call with, if that is enough.

    It is enough where every outcome settles its reader and concerns nobody else.
    """
    if not all(map(_is_plain, outcomes)):
        return None
    return {"call_id": call_id, **_columns(map(_result_of, outcomes))}


def write_deliveries(
    session: Session,
    batch: Batch,
    call_id: int | None,
    attempt: int,
    settled: Sequence[ReaderResult],
    now: datetime,
) -> None:
    """Write one ledger row for each; one in doubt, or queued after it, yields to a known one."""
    if not settled:
        return
    values = {
        "issue_id": batch.issue_id,
        "edition_id": batch.edition_id,
        "call_id": call_id,
        "attempt": attempt,
        "now": now,
        "subscriber_ids": [one.subscriber_id for one in settled],
        **_columns(one.result for one in settled),
        "causes": [one.result.cause and one.result.cause.value for one in settled],
    }
    session.execute(WRITE, values)


def delay_before(tries: int) -> timedelta:
    """Return how long to wait before the next try: 2 s, doubled each time, 5 minutes at most."""
    return min(_FIRST_DELAY * (1 << min(tries, 10)), LONGEST_DELAY)


def _is_plain(outcome: Outcome) -> bool:
    """Return whether this settles its reader, concerns nobody else and is no bounce."""
    return not isinstance(outcome, Refused) or (outcome.kind == "never" and not outcome.answer)


def _columns(results: Iterable[Result]) -> dict[str, list[str | None]]:
    """Return what became of readers as PostgreSQL takes it in, a list for each column."""
    rows = [(result.state.value, result.provider_id, result.reason) for result in results]
    names = ("states", "provider_ids", "reasons")
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))


def _unsettled(session: Session, call_id: int) -> tuple[Call, Batch] | None:
    """Lock the Call; return it and its Batch without the readers, of whom there are many more."""
    row = session.execute(
        select(Call, Batch)
        .join(Batch, Batch.id == Call.batch_id)
        .where(Call.id == call_id, Call.state != CallState.CLOSED)
        .options(defer(Batch.subscriber_ids))
        .with_for_update(of=Call)
    ).one_or_none()
    return None if row is None else (row[0], row[1])


def _is_sent(session: Session, issue_id: int) -> bool:
    """Return whether nobody works on the Issue's Batches any more."""
    return session.scalars(select(Issue.state).where(Issue.id == issue_id)).one() == IssueState.SENT


def _is_known(outcome: Outcome) -> bool:
    """Return whether the outcome is known."""
    return not isinstance(outcome, InDoubt)


def _take_back(
    session: Session, batch: Batch, call: Call, subscriber_ids: Collection[int]
) -> set[int]:
    """Return those of a given-up Call whom its worker's refusal queues again.

    They are in doubt over this very Call: whoever moves a row from there to `queued` queues the
    reader, and nobody else does.
    """
    moved = session.scalars(
        update(Delivery)
        .where(
            Delivery.issue_id == batch.issue_id,
            Delivery.subscriber_id.in_(subscriber_ids),
            Delivery.call_id == call.id,
            Delivery.state == DeliveryState.IN_DOUBT,
        )
        .values(state=DeliveryState.QUEUED)
        .returning(Delivery.subscriber_id)
    )
    return set(moved.all())


def _again(outcome: Outcome, call: Call) -> bool:
    """Return whether this reader goes back into the queue."""
    if not isinstance(outcome, Refused):
        return False
    if outcome.kind == "later":
        return call.attempt < MAX_TRIES
    return outcome.kind != "never"


def _result_of(outcome: Outcome) -> Result:
    match outcome:
        case Accepted(message_id):
            return Result(DeliveryState.ACCEPTED, provider_id=message_id)
        case InDoubt(code):
            return Result(DeliveryState.IN_DOUBT, reason=code)
        case Refused():
            state, reason, cause = settled_as(outcome)
            return Result(state, reason=reason, cause=cause)


def _next_batch(batch: Batch, subscriber_ids: list[int], tries: int, now: datetime) -> Batch:
    """Return a Batch for those who were refused for now; it waits before its next try."""
    return Batch(
        issue_id=batch.issue_id,
        edition_id=batch.edition_id,
        subscriber_ids=subscriber_ids,
        n_readers=len(subscriber_ids),
        state=BatchState.QUEUED,
        origin=BatchOrigin.AGAIN if batch.origin is BatchOrigin.AGAIN else BatchOrigin.REFUSED,
        n_taken=0,
        tries=tries,
        not_before=now + delay_before(tries),
        lease_number=0,
        warm_up_day=batch.warm_up_day,
    )


def _pause_what_is_at_fault(
    session: Session, issue_id: int, outcomes: Sequence[Outcome], now: datetime
) -> None:
    """Pause the Issue or the account when that is what the provider refused."""
    refused = {one.kind: one for one in outcomes if isinstance(one, Refused)}
    for kind in sorted(refused):  # in one order, for each locks a row that others lock
        pause_for(session, refused[kind], now)
    if "stop" not in refused:
        return
    because = f"{refused['stop'].code}: {refused['stop'].detail}".removesuffix(": ")
    pause_issue(session, issue_id, because, now)
