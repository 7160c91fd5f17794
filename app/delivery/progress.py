"""Progress: how far an Issue is, in counts that add up to its audience, and how fast it goes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Exists, func, literal, select, union_all
from sqlalchemy.orm import Session

from app.enums import BatchOrigin, BatchState, CallState, DeliveryState, EditionState, IssueState
from app.models import Batch, Call, Delivery, DeliveryCount, Edition, Issue

RATE_OVER: Final = timedelta(minutes=1)
"""The time that a rate is taken over, or as much of it as the Issue has been going out."""

_LEAST_SECONDS: Final = 1.0

_FIRST: Final = (BatchOrigin.LAUNCH, BatchOrigin.ADDED)
"""Batches of readers who are in no other one before."""

_FAILED: Final = (DeliveryState.BOUNCED, DeliveryState.COMPLAINED, DeliveryState.FAILED)
_USUAL: Final = (DeliveryState.ACCEPTED, DeliveryState.DELIVERED)

_TAKEN: Final = "taken"
_ON_WIRE: Final = "on_wire"


@dataclass(frozen=True)
class Progress:
    """Where the readers of an Issue are.

    `n_due` readers are each in exactly one of `queued`, `sending`, `cancelled` or a state of
    `settled`; `cancelled` are those who get nothing, because the Issue was.
    `n_nothing_to_read` follow none of its categories and are not among them.
    """

    n_due: int
    n_nothing_to_read: int
    n_editions: int
    n_editions_rendered: int
    queued: int
    sending: int
    settled: dict[DeliveryState, int]
    cancelled: int = 0


@dataclass(frozen=True)
class EditionProgress:
    """One Edition and what became of its readers."""

    edition: Edition
    settled: dict[DeliveryState, int]


def progress_of(session: Session, issue: Issue, *, tells_delivered_apart: bool = True) -> Progress:
    """Return the counts of one Issue, from its Batches and the few unusual Deliveries.

    Only the count of those already delivered grows with the number of readers; who need not know
    it apart gets it among the accepted.
    """
    editions = session.execute(
        select(func.count(), func.count().filter(Edition.state == EditionState.RENDERED)).where(
            Edition.issue_id == issue.id
        )
    ).one()
    sending, settled = _ledger(session, issue.id, tells_delivered_apart=tells_delivered_apart)
    n_due = issue.n_due or 0
    left = max(0, n_due - sending - sum(settled.values()))
    is_cancelled = issue.state is IssueState.CANCELLED
    return Progress(
        n_due=n_due,
        n_nothing_to_read=issue.n_skipped or 0,
        n_editions=editions[0],
        n_editions_rendered=editions[1],
        queued=0 if is_cancelled else left,
        sending=sending,
        settled=settled,
        cancelled=left if is_cancelled else 0,
    )


def edition_progress(session: Session, issue_id: int) -> Sequence[EditionProgress]:
    """Return each Edition of an Issue, most readers first."""
    editions = session.scalars(
        select(Edition)
        .where(Edition.issue_id == issue_id)
        .order_by(Edition.n_readers.desc(), Edition.id)
    ).all()
    counted = select(Delivery.edition_id, Delivery.state, func.count()).where(
        Delivery.issue_id == issue_id
    )
    kept = select(DeliveryCount.edition_id, DeliveryCount.state, DeliveryCount.n).where(
        DeliveryCount.issue_id == issue_id
    )
    grouped = counted.group_by(Delivery.edition_id, Delivery.state)
    rows = session.execute(grouped).all() or session.execute(kept).all()
    return [
        EditionProgress(edition, {row[1]: row[2] for row in rows if row[0] == edition.id})
        for edition in editions
    ]


def failures_of(
    session: Session, issue_id: int, most: int = 10
) -> Sequence[tuple[DeliveryState, str, int]]:
    """Return what failed for readers of an Issue, the reason and of how many, most first.

    Empty for one so old that only its counts were kept.
    """
    reason = func.coalesce(Delivery.reason, "")
    rows = session.execute(
        select(Delivery.state, reason, func.count())
        .where(Delivery.issue_id == issue_id, Delivery.state.in_(_FAILED))
        .group_by(Delivery.state, reason)
        .order_by(func.count().desc(), Delivery.state, reason)
        .limit(most)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def settled_of(session: Session, issue_id: int) -> dict[DeliveryState, int]:
    """Count readers of an Issue by what became of them; the delivered are among the accepted.

    It costs no more for a million readers, but for the few of whom something unusual is known.
    """
    _, settled = _ledger(session, issue_id, tells_delivered_apart=False)
    return settled


def _ledger(
    session: Session, issue_id: int, *, tells_delivered_apart: bool
) -> tuple[int, dict[DeliveryState, int]]:
    """Return how many readers are on the wire, and the others by what became of them.

    Every reader taken from a Batch is in an open Call, was put into a later Batch, or has a row in
    the ledger; counting the Batches and the unusual rows leaves those who simply got their mail.
    Those who are queued again are left out.
    """
    on_wire, taken, unusual = _counts(session, issue_id)
    if kept := _kept(session, issue_id):
        return on_wire, kept
    unusual.pop(DeliveryState.QUEUED, None)
    delivered = _delivered(session, issue_id) if tells_delivered_apart else 0
    written = taken - on_wire - sum(unusual.values())
    settled = {
        DeliveryState.ACCEPTED: max(0, written - delivered),
        DeliveryState.DELIVERED: delivered,
        **unusual,
    }
    return on_wire, {state: n for state, n in settled.items() if n}


def _counts(session: Session, issue_id: int) -> tuple[int, int, dict[DeliveryState, int]]:
    """Return the readers on the wire, those taken for good, and the unusual ones by their state.

    One statement, so that all are of the same moment: a worker moves readers between them. Only
    Batches that are not done can have open Calls.
    """
    put_back = func.sum(Batch.n_readers).filter(Batch.origin.not_in(_FIRST))
    taken = func.coalesce(func.sum(Batch.n_taken), 0) - func.coalesce(put_back, 0)
    on_wire = func.coalesce(func.sum(func.cardinality(Call.subscriber_ids)), 0)
    rows = session.execute(
        union_all(
            select(literal(_TAKEN), taken).where(Batch.issue_id == issue_id),
            select(literal(_ON_WIRE), on_wire)
            .join(Batch, Batch.id == Call.batch_id)
            .where(
                Batch.issue_id == issue_id,
                Batch.state != BatchState.DONE,
                Call.state == CallState.OPEN,
            ),
            select(Delivery.state, func.count())
            .where(Delivery.issue_id == issue_id, Delivery.state.not_in(_USUAL))
            .group_by(Delivery.state),
        )
    )
    found = {row[0]: int(row[1]) for row in rows}
    n_taken, n_on_wire = found.pop(_TAKEN), found.pop(_ON_WIRE)
    return n_on_wire, n_taken, {DeliveryState(state): n for state, n in found.items()}


def _kept(session: Session, issue_id: int) -> dict[DeliveryState, int]:
    """Return the stored counts of an old Issue; empty while its ledger is there."""
    rows = session.execute(
        select(DeliveryCount.state, func.sum(DeliveryCount.n))
        .where(DeliveryCount.issue_id == issue_id)
        .group_by(DeliveryCount.state)
    )
    return {row[0]: int(row[1]) for row in rows}


def _delivered(session: Session, issue_id: int) -> int:
    """Count who is known to have it, with a pass over all of the Issue's readers."""
    query = select(func.count()).where(
        Delivery.issue_id == issue_id, Delivery.state == DeliveryState.DELIVERED
    )
    return session.scalar(query) or 0


def rate_of(session: Session, issue: Issue, now: datetime) -> float:
    """Return recipients per second over the last minute, from the Calls that closed in it.

    Those who were put off to be tried again are not among them. 0 for an Issue that is not being
    sent. Costs a look at an index for each Call of the minute, however old the ledger is.
    """
    if issue.state != IssueState.SENDING or issue.rendered_at is None:
        return 0.0
    since = max(now - RATE_OVER, issue.rendered_at)
    n_readers, first_at = session.execute(
        select(
            func.coalesce(func.sum(func.cardinality(Call.subscriber_ids)), 0),
            func.min(Call.opened_at),
        )
        .join(Batch, Batch.id == Call.batch_id)
        .where(Call.closed_at > since, Call.closed_at <= now, Batch.issue_id == issue.id)
        .where(_settled_somebody(issue.id))
    ).one()
    if not n_readers:
        return 0.0
    # A send that has just begun, or gone on after a pause, was idle for the rest of the minute.
    seconds: float = (now - max(since, first_at)).total_seconds()
    return int(n_readers) / max(seconds, _LEAST_SECONDS)


def _settled_somebody(issue_id: int) -> Exists:
    """Return whether a Call's first reader has a result: where all are put off, none has."""
    first = (Delivery.issue_id == issue_id, Delivery.subscriber_id == Call.subscriber_ids[1])
    is_settled = Delivery.state != DeliveryState.QUEUED
    return select(Delivery.subscriber_id).where(*first, is_settled).exists()


def seconds_left(progress: Progress, rate: float) -> float | None:
    """Return how many seconds the rest takes at this rate; None while that is unknown."""
    n_left = progress.queued + progress.sending
    return n_left / rate if rate > 0 else None
