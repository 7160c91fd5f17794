"""Claim: lease a Batch, then open Calls on it; each is one short transaction.

The lease says who works on a Batch, the Call says who is about to be written to. Both are
committed before a byte leaves, and nothing here talks to a network.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, and_, bindparam, or_, select, text, update
from sqlalchemy.orm import Session, defer

from app.delivery.account import account_pause
from app.delivery.reconcile import doubt_call
from app.delivery.record import LONGEST_DELAY, Closing, close_call
from app.delivery.revisions import awaits_rendering, with_newest_edition
from app.delivery.statements import CLOSE_AND_OPEN, FINISH, OPEN, SAY_EDITION
from app.delivery.timing import USUAL, Timing
from app.delivery.warm_up import may_today_sql
from app.enums import BatchState, CallState, IssueState
from app.models import Batch, Call, Issue
from app.transports.base import Refused


def _is_free() -> ColumnElement[bool]:
    """Return the condition that a Batch is due and nobody works on it.

    A lease, or a wait for the next try, may end later than any can. Then it was written by a clock
    that had jumped ahead, and would hold the Batch for as long as the clock was wrong.
    """
    now = bindparam("now", type_=Batch.not_before.type)
    is_due = or_(
        Batch.not_before.is_(None),
        Batch.not_before <= now,
        and_(Batch.tries > 0, Batch.not_before > bindparam("latest_try")),
    )
    is_lost = or_(Batch.lease_until < now, Batch.lease_until > bindparam("latest_lease"))
    return or_(
        and_(Batch.state == BatchState.QUEUED, is_due),
        and_(Batch.state == BatchState.LEASED, is_lost),
    )


# Made once: putting it together takes longer than asking it. The readers come with each Call.
_NEXT_BATCH: Final = (
    select(Batch, Issue.revision, Issue.public_id)
    .join(Issue, Issue.id == Batch.issue_id)
    .where(
        Issue.state == IssueState.SENDING,
        Issue.rendered_at.is_not(None),
        _is_free(),
        text(may_today_sql("batches")),
        ~awaits_rendering(),
    )
    .order_by(Batch.id)
    .limit(1)
    .options(defer(Batch.subscriber_ids))
    .with_for_update(of=Batch, skip_locked=True)
)


@dataclass(frozen=True)
class Lease:
    """A worker's hold on a Batch; every step checks `number`, so that a lost lease does nothing.

    `revision` is the Issue's at that time: after a correction the Batch goes back, so that the
    others of it get the new Edition.
    """

    batch_id: int
    issue_id: int
    issue_public_id: int
    edition_id: int
    number: int
    worker: str
    revision: int


@dataclass(frozen=True)
class Reader:
    """Somebody who is about to be written to; `public_id` names them in links and tags."""

    subscriber_id: int
    address: str
    public_id: int


@dataclass(frozen=True)
class OpenCall:
    """A committed intent: these readers, by this worker, at this instant."""

    call_id: int
    issue_id: int
    edition_id: int
    batch_id: int
    attempt: int
    opened_at: datetime
    readers: tuple[Reader, ...]


def lease_batch(
    session: Session, worker: str, now: datetime, timing: Timing = USUAL
) -> Lease | None:
    """Lease the next Batch that may be worked on to this worker; return None when there is none.

    It comes with the newest Edition of its cut, and waits while that is being rendered. Batches
    whose lease ran out are taken too. Their open Calls are lost work of another worker: what became
    of those readers is in doubt, which is recorded, and they are never sent to again from here.
    """
    if account_pause(session, now) is not None:
        return None
    found = session.execute(
        _NEXT_BATCH,
        {
            "now": now,
            "latest_try": now + LONGEST_DELAY + timing.clocks_apart,
            "latest_lease": now + timing.lease + timing.clocks_apart,
        },
    ).one_or_none()
    if found is None:
        return None
    batch, revision, issue_public_id = found
    if batch.state == BatchState.LEASED:
        _doubt_open_calls(session, batch, now)
    batch = with_newest_edition(session, batch, revision)
    batch.state = BatchState.LEASED
    batch.lease_number += 1
    batch.leased_by = worker
    batch.lease_until = now + timing.lease
    number = batch.lease_number
    return Lease(
        batch.id,
        batch.issue_id,
        issue_public_id,
        batch.edition_id,
        number,
        worker,
        revision,
    )


def keep_lease(session: Session, lease: Lease, now: datetime, timing: Timing = USUAL) -> bool:
    """Renew the lease; return whether the worker may go on with its Batch after waiting.

    Otherwise the lease was lost, or the Issue or the account was paused and the Batch goes back.
    """
    batch = _leased(session, lease)
    if batch is None:
        return False
    if not _may_send(session, lease.issue_id, now):
        _release(batch)
        return False
    batch.lease_until = now + timing.lease
    return True


def drop_lease(session: Session, lease: Lease) -> None:
    """Give the Batch back, because the worker stops; somebody else goes on with it at once."""
    session.execute(
        update(Batch)
        .where(*_is_held(lease))
        .values(state=BatchState.QUEUED, leased_by=None, lease_until=None)
    )


def close_unsent(session: Session, lease: Lease, opened_at: datetime, now: datetime) -> None:
    """Queue those again of a Call that this worker opened without hearing of it.

    So nobody was handed over. It is the worker's only one of that instant.
    """
    unsent = select(Call.id, Call.subscriber_ids).where(
        Call.batch_id == lease.batch_id,
        Call.worker == lease.worker,
        Call.opened_at == opened_at,
        Call.state == CallState.OPEN,
    )
    for call_id, subscriber_ids in session.execute(unsent).all():
        outcomes = [Refused("later", "not_handed_over")] * len(subscriber_ids)
        close_call(session, call_id, outcomes, now)


def close_and_open(
    session: Session,
    closing: Closing | None,
    lease: Lease,
    size: int,
    now: datetime,
    timing: Timing = USUAL,
) -> tuple[bool, OpenCall | None]:
    """Close a Call, and record the intent to write to the next readers of a leased Batch.

    They are at most `size`. Whoever left, paused, was suppressed or was erased since launch gets a
    `skipped` Delivery instead. Returns whether `closing` closed its Call, and the Call that was
    opened: None when nothing is left to do here, because the Batch is done, the Issue or the
    account no longer sends, the Issue was corrected or its day in a warm-up is over (then the Batch
    goes back to the queue), or the lease was lost.

    It takes one statement if possible. Each statement is whole by itself, so the session need not
    be in a transaction.
    """
    values = {
        "batch_id": lease.batch_id,
        "number": lease.number,
        "revision": lease.revision,
        "size": size,
        "worker": lease.worker,
        "now": now,
        "until": now + timing.lease,
    }
    statement = OPEN if closing is None else CLOSE_AND_OPEN
    row = session.execute(statement, {**values, **(closing or {})}).one()
    is_closed = row.n_closed > 0
    while row.may_send and row.n_next and row.call_id is None:
        row = session.execute(OPEN, values).one()  # nobody of those could be written to
    return is_closed, _opened(session, lease, row, now)


def _opened(session: Session, lease: Lease, row: Row[Any], now: datetime) -> OpenCall | None:
    """Return the Call that was opened; where there is none, finish or release the Batch."""
    if row.call_id is None:
        if row.may_send:
            session.execute(FINISH, {"batch_id": lease.batch_id})
        else:
            drop_lease(session, lease)  # does nothing where it was lost
        return None
    if row.attempt > 1:
        _say_edition(session, lease, row)
    return OpenCall(
        row.call_id,
        lease.issue_id,
        lease.edition_id,
        lease.batch_id,
        row.attempt,
        now,
        tuple(map(Reader, row.ids, row.addresses, row.public_ids)),
    )


def _say_edition(session: Session, lease: Lease, row: Row[Any]) -> None:
    """Note which Edition those get who are in the ledger already.

    An Event may settle them before their Call is closed, and knows no Edition.
    """
    values = {
        "issue_id": lease.issue_id,
        "edition_id": lease.edition_id,
        "subscriber_ids": row.ids,
    }
    session.execute(SAY_EDITION, values)


def _leased(session: Session, lease: Lease) -> Batch | None:
    """Return the Batch, locked, if the lease still holds."""
    return session.scalar(select(Batch).where(*_is_held(lease)).with_for_update())


def _is_held(lease: Lease) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions under which the lease still holds."""
    return (
        Batch.id == lease.batch_id,
        Batch.state == BatchState.LEASED,
        Batch.lease_number == lease.number,
    )


def _may_send(session: Session, issue_id: int, now: datetime) -> bool:
    state = session.scalars(select(Issue.state).where(Issue.id == issue_id)).one()
    return state == IssueState.SENDING and account_pause(session, now) is None


def _release(batch: Batch) -> None:
    batch.state = BatchState.QUEUED
    batch.leased_by = batch.lease_until = None


def _doubt_open_calls(session: Session, batch: Batch, now: datetime) -> None:
    """Write down as in doubt whatever the last holder of the lease left open."""
    calls = session.scalars(
        select(Call)
        .where(Call.batch_id == batch.id, Call.state == CallState.OPEN)
        .with_for_update()
    )
    for call in calls.all():
        doubt_call(session, call, batch, now)
