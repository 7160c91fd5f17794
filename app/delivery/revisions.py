"""Revisions: make new Editions for a correction; Batches go on with the newest of their cut.

A Batch changes its Edition only when it is leased, and only while nobody of it was taken; one that
was begun is divided. So whatever a Call's Batch says is what its readers got (docs/adr/0012).
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import ColumnElement, exists, select, text, update
from sqlalchemy.orm import Session, aliased

from app.db.session import enqueue_after_commit
from app.enums import BatchState, Depth, EditionState
from app.models import Batch, Edition, Issue

# What a worker has rendered for the revision before is refused when it comes to store it, because
# `store_rendering` compares revisions.
_RENEW_UNRENDERED: Final = text(
    """
    UPDATE editions SET revision = :revision, state = 'pending', error = NULL
    WHERE issue_id = :issue_id AND follows & :mask <> 0 AND depth = ANY(:depths)
      AND state <> 'rendered'
    """
)
_ADD_REVISIONS: Final = text(
    """
    INSERT INTO editions (public_id, issue_id, follows, depth, revision, state, n_readers)
    SELECT public_id, issue_id, follows, depth, :revision, 'pending', 0 FROM (
        SELECT DISTINCT ON (public_id) public_id, issue_id, follows, depth, revision
        FROM editions
        WHERE issue_id = :issue_id AND follows & :mask <> 0 AND depth = ANY(:depths)
        ORDER BY public_id, revision DESC
    ) newest
    WHERE revision < :revision
    """
)


def revise_editions(session: Session, issue: Issue, mask: int, depths: Sequence[Depth]) -> int:
    """Give cuts an Edition of the present revision, enqueue a job for each; return how many.

    Those cuts hold one of the categories in `mask`, at one of `depths`. The caller locks the Issue.
    An Edition that is not rendered yet was sent to nobody: it becomes the new revision itself.
    """
    values = {
        "issue_id": issue.id,
        "mask": mask,
        "depths": [depth.value for depth in depths],
        "revision": issue.revision,
    }
    session.execute(_RENEW_UNRENDERED, values)
    session.execute(_ADD_REVISIONS, values)
    made = session.scalars(
        select(Edition.id).where(
            Edition.issue_id == issue.id,
            Edition.revision == issue.revision,
            Edition.state == EditionState.PENDING,
        )
    ).all()
    for edition_id in made:
        enqueue_after_commit(session, "render_edition", edition_id)
    return len(made)


def awaits_rendering() -> ColumnElement[bool]:
    """Return the condition that a Batch waits, as an Edition of its cut is yet to be rendered."""
    own, newer = aliased(Edition), aliased(Edition)
    return exists().where(
        own.id == Batch.edition_id,
        newer.public_id == own.public_id,
        newer.state != EditionState.RENDERED,
    )


def with_newest_edition(session: Session, batch: Batch, revision: int) -> Batch:
    """Return the Batch, locked by the caller, with the newest rendered Edition of its cut.

    `revision` is its Issue's, and no Edition has a newer one. If the Batch was begun, those who
    were taken stay behind in a Batch that is done, and a new one holds the others.
    """
    own = session.get_one(Edition, batch.edition_id)
    newest = own if own.revision == revision else newest_edition(session, own)
    n_left = batch.n_readers - batch.n_taken
    if newest.id == own.id or n_left == 0:
        return batch
    for edition_id, n in sorted(((own.id, -n_left), (newest.id, n_left))):
        session.execute(
            update(Edition)
            .where(Edition.id == edition_id)
            .values(n_readers=Edition.n_readers + n)
            .execution_options(synchronize_session=False)
        )
    if batch.n_taken:
        batch = _divide(session, batch)
    batch.edition_id = newest.id
    return batch


def newest_edition(session: Session, edition: Edition) -> Edition:
    """Return the newest rendered Edition of the same cut; `edition` itself when there is none."""
    newest = session.scalar(
        select(Edition)
        .where(Edition.public_id == edition.public_id, Edition.state == EditionState.RENDERED)
        .order_by(Edition.revision.desc())
        .limit(1)
    )
    return newest or edition


def _divide(session: Session, batch: Batch) -> Batch:
    """Return a Batch of those who were not taken yet; the old one is done with the others."""
    rest = Batch(
        issue_id=batch.issue_id,
        edition_id=batch.edition_id,
        subscriber_ids=batch.subscriber_ids[batch.n_taken :],
        n_readers=batch.n_readers - batch.n_taken,
        state=BatchState.QUEUED,
        origin=batch.origin,
        n_taken=0,
        tries=batch.tries,
        not_before=batch.not_before,
        lease_number=0,
        warm_up_day=batch.warm_up_day,
    )
    batch.subscriber_ids = batch.subscriber_ids[: batch.n_taken]
    batch.n_readers = batch.n_taken
    batch.state = BatchState.DONE
    session.add(rest)
    session.flush()  # a lease names it
    return rest
