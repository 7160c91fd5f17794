"""Claim: lease a Batch, then open Calls on it; each is one short transaction.

The lease says who works on a Batch, the Call says who is about to be written to. Both are
committed before a byte leaves, and nothing here talks to a network.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, text
from sqlalchemy.orm import Session

from app.delivery.account import account_pause
from app.delivery.cuts import is_paused, is_suppressed
from app.delivery.reconcile import doubt_call
from app.delivery.record import Settled, write_deliveries
from app.delivery.timing import USUAL, Timing
from app.models import Batch, Call, Delivery, Issue, Subscriber
from app.words import BatchState, CallState, DeliveryState, IssueState, SubscriberState


@dataclass(frozen=True)
class Lease:
    """A worker's hold on a Batch; every step checks `number`, so that a lost lease does nothing."""

    batch_id: int
    issue_id: int
    edition_id: int
    number: int
    worker: str


@dataclass(frozen=True)
class Reader:
    """Somebody who is about to be written to."""

    subscriber_id: int
    address: str


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


@dataclass(frozen=True)
class _Held:
    """A locked Batch at one step: how far it is, and who is next."""

    tries: int
    n_taken: int
    ids: Sequence[int]
    may_send: bool


# The steps between two calls are the hot path of a send: they read no more of a Batch than the
# next readers, and are not mapped to objects, which takes longer than asking PostgreSQL. The
# condition on the account is that of `account_pause`.
_HOLD = text(
    """
    SELECT b.tries, b.n_taken, b.subscriber_ids[b.n_taken + 1 : b.n_taken + :size],
           i.state = 'sending'
           AND NOT (a.paused_because IS NOT NULL AND coalesce(a.paused_until > :now, true))
           AND NOT coalesce(a.quota_until > :now, false)
    FROM batches b JOIN issues i ON i.id = b.issue_id CROSS JOIN accounts a
    WHERE b.id = :batch_id AND b.state = 'leased' AND b.lease_number = :number
    FOR UPDATE OF b
    """
)
_TAKE = text("UPDATE batches SET n_taken = :n_taken, lease_until = :until WHERE id = :batch_id")
_FINISH = text("UPDATE batches SET state = 'done' WHERE id = :batch_id")
_OPEN = text(
    """
    INSERT INTO calls (batch_id, subscriber_ids, state, attempt, worker, opened_at)
    VALUES (:batch_id, :ids, 'open', :attempt, :worker, :now)
    RETURNING id
    """
)


def lease_batch(
    session: Session, worker: str, now: datetime, timing: Timing = USUAL
) -> Lease | None:
    """The next Batch that may be worked on, now this worker's; None when there is none.

    Takes Batches whose lease ran out too. Their open Calls are somebody's lost work: what became
    of those readers is in doubt, and they are written down as such, never sent again from here.
    """
    if account_pause(session, now) is not None:
        return None
    batch = session.scalar(
        select(Batch)
        .join(Issue, Issue.id == Batch.issue_id)
        .where(Issue.state == IssueState.SENDING, Issue.rendered_at.is_not(None), _is_free(now))
        .order_by(Batch.id)
        .limit(1)
        .with_for_update(of=Batch, skip_locked=True)
    )
    if batch is None:
        return None
    if batch.state == BatchState.LEASED:
        _doubt_open_calls(session, batch, now)
    batch.state = BatchState.LEASED
    batch.lease_number += 1
    batch.leased_by = worker
    batch.lease_until = now + timing.lease
    return Lease(batch.id, batch.issue_id, batch.edition_id, batch.lease_number, worker)


def keep_lease(session: Session, lease: Lease, now: datetime, timing: Timing = USUAL) -> bool:
    """Whether the worker may go on with its Batch after waiting; its lease is renewed.

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
    batch = _leased(session, lease)
    if batch is not None:
        _release(batch)


def open_call(
    session: Session, lease: Lease, size: int, now: datetime, timing: Timing = USUAL
) -> OpenCall | None:
    """The intent to write to the next readers of a leased Batch, at most `size` of them.

    Whoever left, paused, was suppressed or was erased since launch gets a `skipped` Delivery
    instead. None when nothing is left to do here: the Batch is done, the Issue or the account no
    longer sends (then the Batch goes back to the queue), or the lease was lost.
    """
    held = _hold(session, lease, size, now)
    if held is None:
        return None
    if not held.may_send:
        drop_lease(session, lease)
        return None
    readers: tuple[Reader, ...] = ()
    while held is not None and held.ids and not readers:
        readers = _readers_or_skip(session, lease, held, now)
        n_taken = held.n_taken + len(held.ids)
        taken = {"batch_id": lease.batch_id, "n_taken": n_taken, "until": now + timing.lease}
        session.execute(_TAKE, taken)
        held = held if readers else _hold(session, lease, size, now)
    if held is None or not readers:
        session.execute(_FINISH, {"batch_id": lease.batch_id})
        return None
    return _open(session, lease, held.tries + 1, readers, now)


def _hold(session: Session, lease: Lease, size: int, now: datetime) -> _Held | None:
    """The Batch, locked, with the next of its readers, if the lease still holds."""
    values = {"batch_id": lease.batch_id, "number": lease.number, "size": size, "now": now}
    row = session.execute(_HOLD, values).one_or_none()
    return None if row is None else _Held(*row)


def _open(
    session: Session, lease: Lease, attempt: int, readers: tuple[Reader, ...], now: datetime
) -> OpenCall:
    values = {
        "batch_id": lease.batch_id,
        "ids": [reader.subscriber_id for reader in readers],
        "attempt": attempt,
        "worker": lease.worker,
        "now": now,
    }
    call_id = session.scalars(_OPEN, values).one()
    return OpenCall(
        call_id, lease.issue_id, lease.edition_id, lease.batch_id, attempt, now, readers
    )


def _is_free(now: datetime) -> ColumnElement[bool]:
    queued = and_(
        Batch.state == BatchState.QUEUED, or_(Batch.not_before.is_(None), Batch.not_before <= now)
    )
    lost = and_(Batch.state == BatchState.LEASED, Batch.lease_until < now)
    return or_(queued, lost)


def _leased(session: Session, lease: Lease) -> Batch | None:
    """The Batch, locked, if the lease still holds."""
    return session.scalar(
        select(Batch)
        .where(
            Batch.id == lease.batch_id,
            Batch.state == BatchState.LEASED,
            Batch.lease_number == lease.number,
        )
        .with_for_update()
    )


def _may_send(session: Session, issue_id: int, now: datetime) -> bool:
    state = session.scalars(select(Issue.state).where(Issue.id == issue_id)).one()
    return state == IssueState.SENDING and account_pause(session, now) is None


def _release(batch: Batch) -> None:
    batch.state = BatchState.QUEUED
    batch.leased_by = batch.lease_until = None


def _readers_or_skip(
    session: Session, lease: Lease, held: _Held, now: datetime
) -> tuple[Reader, ...]:
    """Who of these may be written to at this moment; the others are recorded as skipped."""
    rows = session.execute(
        select(
            Subscriber.id,
            Subscriber.address,
            Subscriber.state,
            is_paused(now).label("paused"),
            is_suppressed().label("suppressed"),
        )
        .where(Subscriber.id == text("ANY(:ids)"), ~_is_proven(lease.issue_id, held.tries))
        .order_by(Subscriber.id),
        {"ids": held.ids},
    ).all()
    readers, skipped = [], []
    for row in rows:
        reason = _reason_to_skip(row.state, paused=row.paused, suppressed=row.suppressed)
        if reason is None:
            readers.append(Reader(row.id, row.address))
        else:
            skipped.append(Settled(row.id, DeliveryState.SKIPPED, reason=reason))
    if skipped:
        batch = session.get_one(Batch, lease.batch_id)
        write_deliveries(session, batch, None, held.tries + 1, skipped, now)
    return tuple(readers)


def _is_proven(issue_id: int, tries: int) -> ColumnElement[bool]:
    """Whether an Event settled a reader who had been queued again; first tries have no row."""
    if tries == 0:
        return false()
    return exists().where(
        Delivery.issue_id == issue_id,
        Delivery.subscriber_id == Subscriber.id,
        Delivery.state.not_in([DeliveryState.IN_DOUBT, DeliveryState.QUEUED]),
    )


def _reason_to_skip(state: SubscriberState, *, paused: bool, suppressed: bool) -> str | None:
    if state != SubscriberState.ACTIVE:
        return state.value
    if suppressed:
        return "suppressed"
    return "paused" if paused else None


def _doubt_open_calls(session: Session, batch: Batch, now: datetime) -> None:
    """Write down as in doubt whatever the last holder of the lease left open."""
    calls = session.scalars(
        select(Call)
        .where(Call.batch_id == batch.id, Call.state == CallState.OPEN)
        .with_for_update()
    )
    for call in calls.all():
        doubt_call(session, call, batch, now)
