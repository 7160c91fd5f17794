"""The life of an Issue: every step is checked, and a wrong one says which are possible.

::

    draft ──approve──▶ approved ──schedule──▶ scheduled ──(its time)──▶ sending ──▶ sent
      ▲ └──reopen─────────┘ └──────reopen────────┘                     │   ▲
      │                                                           pause▼   │resume
    cancel: from draft, approved, scheduled, sending and paused        paused
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.actors import Actor, Verb
from app.audit import fields_of, record
from app.db.session import enqueue_after_commit
from app.delivery import pausing
from app.delivery.canary import release
from app.delivery.editions import render_again
from app.enums import IssueState
from app.errors import Conflict, FieldError, InvalidInput, NotFound, WrongState
from app.issues.versions import Expected, refuse_stale
from app.models import Category, Issue, Story
from app.publication.lanes import Lane, category_lane, publication_lane, slot
from app.publication.publication import get_publication
from app.story_fields import missing_fields

_log = structlog.get_logger(__name__)


class Transition(StrEnum):
    """What a person may ask of an Issue."""

    APPROVE = "approve"
    REOPEN = "reopen"
    SCHEDULE = "schedule"
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"


TRANSITIONS: Final = {
    IssueState.DRAFT: frozenset({Transition.APPROVE, Transition.CANCEL}),
    IssueState.APPROVED: frozenset({Transition.SCHEDULE, Transition.REOPEN, Transition.CANCEL}),
    IssueState.SCHEDULED: frozenset({Transition.SCHEDULE, Transition.REOPEN, Transition.CANCEL}),
    IssueState.SENDING: frozenset({Transition.PAUSE, Transition.CANCEL}),
    IssueState.PAUSED: frozenset({Transition.RESUME, Transition.CANCEL}),
    IssueState.SENT: frozenset[Transition](),
    IssueState.CANCELLED: frozenset[Transition](),
}
"""Which steps are possible from which state."""


def approve(
    session: Session, actor: Actor, issue_id: int, now: datetime, expected: Expected = None
) -> Issue:
    """Approve a draft: it may go out by itself on its day.

    The doors call `approval.approve_checked`, which runs all checks before it.

    Raises:
        NotFound: there is no such Issue.
        WrongState: it is no draft.
        Conflict: another Issue of its day and lane is on its way.
        Stale: it is of another version than `expected`; so say all steps.
    """
    issue = start_transition(session, issue_id, Transition.APPROVE, expected)
    before = fields_of(issue)
    issue.state = IssueState.APPROVED
    issue.approved_at = now
    issue.reopened_because = None
    _refuse_second_of_day(session, issue)
    record(session, actor, Verb.APPROVE, issue, now, before=before)
    return issue


def reopen(
    session: Session,
    actor: Actor,
    issue_id: int,
    now: datetime,
    because: str | None = None,
    expected: Expected = None,
) -> Issue:
    """Make the Issue a draft again, off the schedule, so that it can be edited.

    `because` says why it was done by itself; None where a person asked for it.
    """
    issue = start_transition(session, issue_id, Transition.REOPEN, expected)
    before = fields_of(issue)
    issue.state = IssueState.DRAFT
    issue.reopened_because = because
    issue.approved_parts = None
    issue.approved_at = issue.send_at = issue.send_not_after = issue.stale_at = None
    record(session, actor, Verb.REOPEN, issue, now, before=before)
    return issue


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
        InvalidInput: `send_not_after` is before the start, or has passed already.
    """
    issue = start_transition(session, issue_id, Transition.SCHEDULE, expected)
    before = fields_of(issue)
    for name, value in options.items():
        setattr(issue, name, value)
    lane = lane_of(session, issue)
    late = timedelta(seconds=get_publication(session).late_seconds)
    if send_at is not None or issue.corrects_id is not None:
        start = usual = max(send_at or now, now)
    else:
        start = usual = slot(lane, issue.issued_on)
    issue.send_at = start
    issue.send_not_after = send_not_after or usual + late
    if issue.send_not_after < max(start, now):
        raise InvalidInput(
            f"The issue would have had to start by {issue.send_not_after:%Y-%m-%d %H:%M} UTC. "
            "Give a later send_at.",
            [FieldError("/send_not_after", "is before the start, or has passed")],
        )
    issue.stale_at = None
    issue.state = IssueState.SCHEDULED
    record(session, actor, Verb.SCHEDULE, issue, now, before=before)
    enqueue_after_commit(session, "launch_due")
    _log.info("issue_scheduled", issue_id=issue.id, send_at=start.isoformat())
    return issue


def pause(
    session: Session,
    actor: Actor,
    issue_id: int,
    now: datetime,
    because: str = "paused by an editor",
    expected: Expected = None,
) -> Issue:
    """Pause a running Issue: Calls in flight finish, no new one is opened."""
    issue = start_transition(session, issue_id, Transition.PAUSE, expected)
    pausing.pause(session, actor, issue, because, now)
    return issue


def resume(
    session: Session, actor: Actor, issue_id: int, now: datetime, expected: Expected = None
) -> Issue:
    """Let a paused Issue go on where it was, because a person has looked at it.

    One that was sending sends again: its brakes are lifted, what a canary held is released, and
    Editions that could not be rendered are tried anew. Where it stopped because something had
    changed since it was approved, that is approved now, and nothing that changed after that. One
    that could not be launched is scheduled again, one that could not be scheduled is approved.
    """
    issue = start_transition(session, issue_id, Transition.RESUME, expected)
    before = fields_of(issue)
    if issue.changed_parts is not None:
        issue.approved_parts = [*(issue.approved_parts or []), issue.changed_parts]
        issue.changed_parts = None
    issue.paused_because = None
    if issue.launched_at is None:
        issue.state = IssueState.APPROVED if issue.send_at is None else IssueState.SCHEDULED
        enqueue_after_commit(session, "launch_due")
    else:
        issue.state = IssueState.SENDING
        issue.brakes_lifted = True
        release(session, issue.id)
        render_again(session, issue.id)
        enqueue_after_commit(session, "look_for_work")
    record(session, actor, Verb.RESUME, issue, now, before=before)
    return issue


def cancel(
    session: Session, actor: Actor, issue_id: int, now: datetime, expected: Expected = None
) -> Issue:
    """Cancel an Issue for good; a running one stops within one Call per worker."""
    issue = start_transition(session, issue_id, Transition.CANCEL, expected)
    before = fields_of(issue)
    issue.state = IssueState.CANCELLED
    issue.cancelled_at = now
    record(session, actor, Verb.CANCEL, issue, now, before=before)
    return issue


def get_issue(session: Session, issue_id: int) -> Issue:
    """Return the Issue, or raise NotFound."""
    issue = session.get(Issue, issue_id)
    if issue is None:
        raise NotFound(f"There is no issue {issue_id}.")
    return issue


def lock_issue(session: Session, issue_id: int, expected: Expected = None) -> Issue:
    """Return the Issue, locked until the transaction ends.

    Raises:
        NotFound: there is no such Issue.
        Stale: it is of another version than `expected`.
    """
    issue = session.get(Issue, issue_id, with_for_update=True, populate_existing=True)
    if issue is None:
        raise NotFound(f"There is no issue {issue_id}.")
    refuse_stale(session, issue, expected, possible_steps(issue.state))
    return issue


def lane_of(session: Session, issue: Issue) -> Lane:
    """Return the lane of an Issue: its category's, or the publication's."""
    publication = get_publication(session)
    if issue.category_id is None:
        return publication_lane(publication)
    return category_lane(publication, session.get_one(Category, issue.category_id))


def possible_steps(state: IssueState) -> list[str]:
    """Return what may be asked of an Issue in this state, in a fixed order."""
    return sorted(step.value for step in TRANSITIONS[state])


def start_transition(
    session: Session, issue_id: int, step: Transition, expected: Expected = None
) -> Issue:
    """Return the Issue, locked until the transaction ends, if this step is possible from its state.

    Raises:
        NotFound: there is no such Issue.
        Stale: it is of another version than `expected`.
        WrongState: the step is not possible now.
    """
    issue = lock_issue(session, issue_id, expected)
    if step not in TRANSITIONS[issue.state]:
        possible = possible_steps(issue.state)
        said = f"Possible: {', '.join(possible)}." if possible else "Nothing more is possible."
        raise WrongState(
            f"Issue {issue.id} is {issue.state}: {step} is not possible. {said}", possible
        )
    return issue


def missing_of(story: Story) -> list[str]:
    """Return what an incomplete story lacks, in words; nothing for a complete one."""
    return [one.mark.lower() for one in missing_fields(story, story.category_id)]


def _refuse_second_of_day(session: Session, issue: Issue) -> None:
    """Raise Conflict when the unique index says that another issue of the lane is on its way."""
    day = issue.issued_on
    try:
        session.flush()  # asked here, so that the refusal can be put into words
    except IntegrityError:
        raise Conflict(f"Another issue for {day} is on its way already.") from None
