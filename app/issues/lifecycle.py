"""The life of an Issue: every step is checked, and a wrong one says which are possible.

::

    draft ──approve──▶ approved ──schedule──▶ scheduled ──(its time)──▶ sending ──▶ sent
      ▲ └──reopen─────────┘ └──────reopen────────┘                     │   ▲
      │                                                           pause▼   │resume
    cancel: from draft, approved, scheduled, sending and paused        paused
"""

from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.actors import Actor, Verb
from app.audit import fields_of, record
from app.db.session import enqueue_after_commit
from app.delivery import pausing
from app.delivery.canary import release
from app.delivery.editions import render_again
from app.enums import IssueState
from app.errors import Conflict, NotFound, WrongState
from app.models import Category, Issue, OutboxKind
from app.outbox import publish_issue
from app.publication.lanes import Lane, category_lane, publication_lane
from app.publication.publication import get_publication
from app.sentences import N_, Sentence, Value
from app.versions import Expected, refuse_stale
from app.written import check_written

_OTHERS_ARE: Final = N_(
    "Issue %(issue)s is %(state)s: %(step)s is not possible. Possible: %(possible)s."
)
_NOTHING_IS: Final = N_(
    "Issue %(issue)s is %(state)s: %(step)s is not possible. Nothing more is possible."
)
STEPS: Final = (
    N_("approve"),
    N_("cancel"),
    N_("pause"),
    N_("reopen"),
    N_("resume"),
    N_("schedule"),
)
"""What a person may ask of an Issue, for who translates it."""


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

    The API and the command line call `approval.approve_checked`, which runs all checks first.

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
    was_scheduled = issue.state is IssueState.SCHEDULED
    issue.state = IssueState.DRAFT
    issue.reopened_because = because
    issue.approved_parts = issue.n_planned = issue.n_beyond_warm_up = None
    issue.approved_at = issue.send_at = issue.send_not_after = issue.stale_at = None
    record(session, actor, Verb.REOPEN, issue, now, before=before)
    if was_scheduled:
        publish_issue(session, actor, OutboxKind.ISSUE_UNSCHEDULED, issue, now)
    return issue


def pause(
    session: Session,
    actor: Actor,
    issue_id: int,
    now: datetime,
    because: str = "paused by an editor",
    expected: Expected = None,
) -> Issue:
    """Pause a running Issue: Calls in flight finish, no new one is opened.

    Raises InvalidInput for a reason of more than a line.
    """
    check_written("because", because)
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
    publish_issue(session, actor, OutboxKind.ISSUE_RESUMED, issue, now)
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
    publish_issue(session, actor, OutboxKind.ISSUE_CANCELLED, issue, now)
    return issue


def get_issue(session: Session, issue_id: int) -> Issue:
    """Return the Issue, or raise NotFound."""
    issue = session.get(Issue, issue_id)
    if issue is None:
        raise NotFound(Sentence("There is no issue %(issue)s.", issue=issue_id))
    return issue


def lock_issue(session: Session, issue_id: int, expected: Expected = None) -> Issue:
    """Return the Issue, locked until the transaction ends.

    Raises:
        NotFound: there is no such Issue.
        Stale: it is of another version than `expected`.
    """
    issue = session.get(Issue, issue_id, with_for_update=True, populate_existing=True)
    if issue is None:
        raise NotFound(Sentence("There is no issue %(issue)s.", issue=issue_id))
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
        sentence = _OTHERS_ARE if possible else _NOTHING_IS
        values: dict[str, Value] = {"issue": issue.id, "state": issue.state, "step": step}
        if possible:
            values["possible"] = [Sentence(one) for one in possible]
        raise WrongState(Sentence(sentence, **values), possible)
    return issue


def _refuse_second_of_day(session: Session, issue: Issue) -> None:
    """Raise Conflict when the unique index says that another issue of the lane is on its way."""
    day = issue.issued_on
    try:
        session.flush()  # asked here, so that the refusal can be put into words
    except IntegrityError:
        raise Conflict(
            Sentence("Another issue for %(day)s is on its way already.", day=day)
        ) from None
