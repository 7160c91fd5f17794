"""Progress: how far an Issue is, in counts that add up to its audience."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import Batch, Call, Delivery, Edition, Issue
from app.words import BatchState, CallState, DeliveryState, EditionState


@dataclass(frozen=True)
class Progress:
    """Where the readers of an Issue are.

    `n_due` readers are each in exactly one of `queued`, `sending` or a state of `settled`.
    `n_nothing_to_read` follow none of its categories and are not among them.
    """

    n_due: int
    n_nothing_to_read: int
    n_editions: int
    n_editions_rendered: int
    queued: int
    sending: int
    settled: dict[DeliveryState, int]


@dataclass(frozen=True)
class EditionProgress:
    """One Edition and what became of its readers."""

    edition: Edition
    settled: dict[DeliveryState, int]


def progress_of(session: Session, issue: Issue) -> Progress:
    """The counts of one Issue, read in one snapshot of a few small queries."""
    editions = session.execute(
        select(func.count(), func.count().filter(Edition.state == EditionState.RENDERED)).where(
            Edition.issue_id == issue.id
        )
    ).one()
    settled = _settled(session, issue.id)
    sending = _sending(session, issue.id)
    n_due = issue.n_due or 0
    return Progress(
        n_due=n_due,
        n_nothing_to_read=issue.n_skipped or 0,
        n_editions=editions[0],
        n_editions_rendered=editions[1],
        queued=max(0, n_due - sending - sum(settled.values())),
        sending=sending,
        settled=settled,
    )


def edition_progress(session: Session, issue_id: int) -> Sequence[EditionProgress]:
    """Each Edition of an Issue, most readers first."""
    editions = session.scalars(
        select(Edition)
        .where(Edition.issue_id == issue_id)
        .order_by(Edition.n_readers.desc(), Edition.id)
    ).all()
    rows = session.execute(
        select(Delivery.edition_id, Delivery.state, func.count())
        .where(Delivery.issue_id == issue_id)
        .group_by(Delivery.edition_id, Delivery.state)
    ).all()
    return [
        EditionProgress(edition, {row[1]: row[2] for row in rows if row[0] == edition.id})
        for edition in editions
    ]


def _settled(session: Session, issue_id: int) -> dict[DeliveryState, int]:
    rows = session.execute(
        select(Delivery.state, func.count())
        .where(Delivery.issue_id == issue_id)
        .group_by(Delivery.state)
    )
    return {row[0]: row[1] for row in rows}


def _sending(session: Session, issue_id: int) -> int:
    """Readers in open Calls; only Batches that are not done can have any."""
    query = (
        select(func.coalesce(func.sum(func.cardinality(Call.subscriber_ids)), 0))
        .join(Batch, Batch.id == Call.batch_id)
        .where(
            Batch.issue_id == issue_id,
            Batch.state != BatchState.DONE,
            Call.state == CallState.OPEN,
        )
    )
    return int(session.scalar(query) or 0)
