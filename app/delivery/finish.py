"""Finish: mark Issues as sent once every Batch is done, and enqueue what still waits."""

from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.actors import SYSTEM, Verb
from app.audit import record
from app.db.session import enqueue_after_commit
from app.delivery.alone import each_alone
from app.delivery.pausing import issue_set_aside
from app.enums import BatchState, CallState, DeliveryState, EditionState, IssueState
from app.errors import Conflict
from app.models import Batch, Call, Delivery, Edition, Issue, OutboxKind
from app.outbox import publish_issue

DOUBT_HOLDS_UP: Final = timedelta(hours=1)
"""How long readers in doubt keep an Issue open; after that they are listed for a person."""

_log = structlog.get_logger(__name__)


def finish_issues(session: Session, now: datetime) -> list[int]:
    """Close Issues with no Batch to do, no open Call and no recent doubt; return their numbers."""
    undone = exists().where(Batch.issue_id == Issue.id, Batch.state != BatchState.DONE)
    in_flight = exists().where(
        Batch.issue_id == Issue.id, Call.batch_id == Batch.id, Call.state == CallState.OPEN
    )
    in_doubt = exists().where(
        Delivery.issue_id == Issue.id,
        Delivery.state == DeliveryState.IN_DOUBT,
        Delivery.at > now - DOUBT_HOLDS_UP,
    )
    is_over = and_(
        Issue.state == IssueState.SENDING,
        Issue.rendered_at.is_not(None),
        ~undone,
        ~in_flight,
        ~in_doubt,
    )

    def finish(issue_id: int) -> int | None:
        sent = update(Issue).where(Issue.id == issue_id, is_over)
        public_at = func.coalesce(Issue.public_at, now)
        ended = sent.values(state=IssueState.SENT, sent_at=now, public_at=public_at)
        if session.execute(ended.returning(Issue.id)).scalar() is None:
            return None
        issue = session.get_one(Issue, issue_id, populate_existing=True)
        change = {"before": {"state": IssueState.SENDING}, "after": {"state": IssueState.SENT}}
        record(session, SYSTEM, Verb.FINISH, issue, now, **change)
        publish_issue(session, SYSTEM, OutboxKind.ISSUE_SENT, issue, now)
        return issue_id

    over = session.scalars(select(Issue.id).where(is_over).order_by(Issue.id)).all()
    set_aside = issue_set_aside(session, "its end", now)
    tried = each_alone(session, "finish", over, finish, set_aside)
    finished = [issue_id for issue_id in tried if issue_id is not None]
    for issue_id in finished:
        _log.info("issue_sent", issue_id=issue_id)
    return finished


def open_again(session: Session, issue: Issue) -> None:
    """Let a sent Issue send again, because a person wants one of its readers to be written to.

    The caller has locked it.

    Raises:
        Conflict: another Issue of its day is on its way.
    """
    if issue.state is not IssueState.SENT:
        return
    issue.state, issue.sent_at = IssueState.SENDING, None
    try:
        session.flush()  # asked here, so that the refusal can be put into words
    except IntegrityError:
        raise Conflict("Another issue of its day is on its way; wait until it is sent.") from None


def enqueue_work(session: Session) -> None:
    """Enqueue jobs for every Edition and Batch that waits, in case one was lost; reads only."""
    sending = select(Issue.id).where(Issue.state == IssueState.SENDING)
    for edition_id in session.scalars(select(Edition.id).where(is_to_render())):
        enqueue_after_commit(session, "render_edition", edition_id)
    open_batch = exists().where(Batch.issue_id.in_(sending), Batch.state != BatchState.DONE)
    if session.scalar(select(open_batch)):
        enqueue_after_commit(session, "send_batches")


def is_to_render() -> ColumnElement[bool]:
    """Return the condition that an Edition waits for a worker that renders it."""
    # Pages show the corrections of an Issue that is sent, too.
    renderable = select(Issue.id).where(
        or_(Issue.state == IssueState.SENDING, Issue.rendered_at.is_not(None))
    )
    return Edition.issue_id.in_(renderable) & (Edition.state == EditionState.PENDING)
