"""Finish: an Issue is sent when every Batch is done; and what a tick has to look after."""

from datetime import datetime

import structlog
from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from app.db.session import ring
from app.models import Batch, Call, Edition, Issue
from app.words import BatchState, CallState, EditionState, IssueState

_log = structlog.get_logger(__name__)


def finish_issues(session: Session, now: datetime) -> list[int]:
    """The Issues that this closed: those with no Batch to do and no Call open."""
    undone = exists().where(Batch.issue_id == Issue.id, Batch.state != BatchState.DONE)
    in_flight = exists().where(
        Batch.issue_id == Issue.id, Call.batch_id == Batch.id, Call.state == CallState.OPEN
    )
    finished = session.scalars(
        update(Issue)
        .where(
            Issue.state == IssueState.SENDING,
            Issue.rendered_at.is_not(None),
            ~undone,
            ~in_flight,
        )
        .values(state=IssueState.SENT, sent_at=now)
        .returning(Issue.id)
    ).all()
    for issue_id in finished:
        _log.info("issue_sent", issue_id=issue_id)
    return list(finished)


def ring_for_work(session: Session) -> None:
    """Ring for every Edition and Batch that waits, in case a bell was lost; reads only."""
    sending = select(Issue.id).where(Issue.state == IssueState.SENDING)
    pending = select(Edition.id).where(
        Edition.issue_id.in_(sending), Edition.state == EditionState.PENDING
    )
    for edition_id in session.scalars(pending):
        ring(session, "render_edition", edition_id)
    open_batch = exists().where(Batch.issue_id.in_(sending), Batch.state != BatchState.DONE)
    if session.scalar(select(open_batch)):
        ring(session, "send_batches")
