"""Pause an Issue, for a person or for the service itself; nothing else does."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy.orm import Session

from app.actors import SYSTEM, Actor, Verb
from app.audit import fields_of, record
from app.delivery.alone import SetAside
from app.enums import IssueState
from app.models import Issue, OutboxKind
from app.outbox import publish_issue

STOPPABLE: Final = (IssueState.APPROVED, IssueState.SCHEDULED, IssueState.SENDING)

_log = structlog.get_logger(__name__)


def pause(session: Session, actor: Actor, issue: Issue, because: str, now: datetime) -> None:
    """Pause an Issue that the caller has locked: Calls in flight finish, no new one is opened."""
    before = fields_of(issue)
    was_paused = issue.state is IssueState.PAUSED
    issue.state = IssueState.PAUSED
    issue.paused_because = because
    record(session, actor, Verb.PAUSE, issue, now, before=before)
    if not was_paused:  # else it has another reason now, and that is all
        publish_issue(session, actor, OutboxKind.ISSUE_PAUSED, issue, now)


def pause_issue(
    session: Session,
    issue_id: int,
    because: str,
    now: datetime,
    among: Collection[IssueState] = STOPPABLE,
) -> Issue | None:
    """Stop an Issue that goes out, or is about to, for a reason that a person has to look at.

    Returns it, locked; None where it is in no state of `among`.
    """
    issue = session.get_one(Issue, issue_id, with_for_update=True, populate_existing=True)
    if issue.state not in among:
        return None
    pause(session, SYSTEM, issue, because, now)
    _log.error("issue_paused", issue_id=issue_id, because=because)
    return issue


def issue_set_aside(session: Session, what: str, now: datetime) -> SetAside[int]:
    """Return what pauses an Issue of which `what` failed; a person who resumes it tries again."""

    def set_aside(issue_id: int, reason: str) -> None:
        pause_issue(session, issue_id, f"{what} failed: {reason}", now)

    return set_aside
