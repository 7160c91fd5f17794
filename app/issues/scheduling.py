"""An Issue's time: when it is to go out, who said so, and that it is too late for it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

import structlog
from sqlalchemy.orm import Session

from app.actors import SYSTEM, Actor, Verb
from app.audit import fields_of, record
from app.db.session import enqueue_after_commit
from app.enums import IssueState
from app.errors import FieldError, InvalidInput
from app.issues.lifecycle import Transition, lane_of, start_transition
from app.issues.options import set_options
from app.models import Issue, OutboxKind
from app.outbox import publish_issue
from app.publication.lanes import is_send_day, slot
from app.publication.publication import get_publication
from app.sentences import Sentence
from app.versions import Expected

_log = structlog.get_logger(__name__)


def schedule(
    session: Session,
    actor: Actor,
    issue_id: int,
    now: datetime,
    *,
    send_at: datetime | None = None,
    send_not_after: datetime | None = None,
    options: Mapping[str, Any] = MappingProxyType({}),
    expected: Expected = None,
) -> Issue:
    """Give the Issue a time: `send_at`, or its lane's send time on its day.

    It never starts after `send_not_after`, which is the publication's `late_seconds` later when
    it is not given. A `send_at` in the past means now; so does none, for the mail about a
    correction. `options` of how it goes out (`issues.options`) are set with it.

    Raises:
        InvalidInput: an option is out of its limits, or `send_not_after` is before the start, or
            has passed already.
    """
    issue = start_transition(session, issue_id, Transition.SCHEDULE, expected)
    before = fields_of(issue)
    set_options(issue, options)
    start, latest = _times(session, issue, send_at, now)
    latest = send_not_after or latest
    if latest < max(start, now):
        raise InvalidInput(
            Sentence(
                "The issue would have had to start by %(latest_at)s UTC. Give a later time.",
                latest_at=latest,
            ),
            [FieldError("/send_not_after", "is before the start, or has passed")],
        )
    _put_on_schedule(session, actor, issue, start, latest, before, now)
    enqueue_after_commit(session, "launch_due")
    return issue


def schedule_by_day(session: Session, issue: Issue, now: datetime) -> None:
    """Give an approved Issue, which the caller has locked, its lane's send time on its day.

    One that is too late already gets its time as well: it is marked stale when it would launch.
    """
    start, latest = _times(session, issue, None, now)
    _put_on_schedule(session, SYSTEM, issue, start, latest, fields_of(issue), now)


def mark_stale(session: Session, issue: Issue, now: datetime) -> None:
    """Take an Issue that the caller has locked off the schedule, because it is too late for it."""
    before = fields_of(issue)
    issue.state = IssueState.APPROVED
    issue.stale_at = now
    record(session, SYSTEM, Verb.MARK_STALE, issue, now, before=before)
    publish_issue(session, SYSTEM, OutboxKind.ISSUE_UNSCHEDULED, issue, now)
    _log.error("issue_stale", issue_id=issue.id, send_not_after=str(issue.send_not_after))


def expected_start(session: Session, issue: Issue, now: datetime) -> datetime:
    """Return when an Issue starts that is given no time: its lane's send time on its day."""
    return _times(session, issue, None, now)[0]


def goes_by_itself(session: Session, issue: Issue, now: datetime) -> bool:
    """Return whether an Issue, once approved, goes out without anybody's giving it a time.

    One of a day that its lane does not send on, one that is too late, and the mail about a
    correction wait for a person.
    """
    if issue.corrects_id is not None or issue.stale_at is not None:
        return False
    is_late = now > _times(session, issue, None, now)[1]
    return not is_late and is_send_day(lane_of(session, issue), issue.issued_on)


def _times(
    session: Session, issue: Issue, send_at: datetime | None, now: datetime
) -> tuple[datetime, datetime]:
    """Return when the Issue starts, and the end of the publication's `late_seconds` after that."""
    if send_at is not None or issue.corrects_id is not None:
        start = max(send_at or now, now)
    else:
        start = slot(lane_of(session, issue), issue.issued_on)
    return start, start + timedelta(seconds=get_publication(session).late_seconds)


def _put_on_schedule(
    session: Session,
    actor: Actor,
    issue: Issue,
    start: datetime,
    latest: datetime,
    before: Mapping[str, Any],
    now: datetime,
) -> None:
    issue.send_at, issue.send_not_after, issue.stale_at = start, latest, None
    issue.state = IssueState.SCHEDULED
    record(session, actor, Verb.SCHEDULE, issue, now, before=before)
    publish_issue(session, actor, OutboxKind.ISSUE_SCHEDULED, issue, now)
    _log.info("issue_scheduled", issue_id=issue.id, send_at=start.isoformat())
