"""What is published of an issue: once for each step, by whichever door, in its transaction."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.actors import CLI
from app.db.session import Sessions
from app.delivery.brakes import apply_brakes
from app.delivery.finish import finish_issues
from app.delivery.launch import launch
from app.delivery.pausing import issue_set_aside
from app.enums import BatchState, DeliveryState, IssueState
from app.issues.approval import reopen_changed, schedule_approved
from app.issues.daily import launch_alone, launch_if_due, schedule_the_day
from app.issues.lifecycle import approve, cancel, lock_issue, pause, reopen, resume
from app.issues.scheduling import schedule
from app.models import Batch, Category, Delivery, Issue, Publication
from tests.factories import make_issue, make_subscriber
from tests.issues.conftest import LOOKS, correct_first
from tests.outboxes import last_entry, published

Step = Callable[[Session, Issue, datetime], object]
_LATE = timedelta(hours=5)


def _scheduled(session: Session, issue: Issue, now: datetime) -> None:
    issue.state, issue.send_at = IssueState.SCHEDULED, now
    issue.send_not_after = now + timedelta(hours=4)
    session.flush()


def _scheduled_for_one(session: Session, issue: Issue, now: datetime) -> None:
    make_subscriber(session, follows=1)
    _scheduled(session, issue, now)


def _in(state: IssueState, *, launched: bool = False) -> Step:
    def prepare(_session: Session, issue: Issue, now: datetime) -> None:
        issue.state, issue.launched_at = state, now if launched else None

    return prepare


def _change_a_name(session: Session, issue: Issue, now: datetime) -> None:
    """Approve and schedule the issue, then change what its mails say."""
    schedule_approved(session, CLI, issue.id, LOOKS, now, send_at=now + _LATE)
    session.get_one(Publication, 1).name = "Another"
    session.flush()


def _bounced(session: Session, issue: Issue, now: datetime) -> None:
    """Send the issue to two readers, of whom one bounced."""
    session.get_one(Publication, 1).brake_after = 1
    make_subscriber(session, follows=1)
    _scheduled(session, issue, now)
    launch(session, issue, now)
    session.execute(update(Batch).values(n_taken=2))
    for number, state in enumerate((DeliveryState.DELIVERED, DeliveryState.BOUNCED)):
        session.add(
            Delivery(
                issue_id=issue.id,
                subscriber_id=number,
                edition_id=1,
                state=state,
                attempt=1,
                at=now,
                reason="Permanent/General",
            )
        )
    session.flush()


def _done(session: Session, issue: Issue, now: datetime) -> None:
    """Launch the issue, and let its one batch be done."""
    make_subscriber(session, follows=1)
    _scheduled(session, issue, now)
    launch(session, issue, now)
    issue.rendered_at = now
    session.execute(update(Batch).values(state=BatchState.DONE))


STEPS: dict[str, tuple[Step, Step, str]] = {
    "schedule": (
        _in(IssueState.APPROVED),
        lambda session, issue, now: schedule(session, CLI, issue.id, now, send_at=now),
        "issue.scheduled",
    ),
    "schedule again": (
        _scheduled,
        lambda session, issue, now: schedule(session, CLI, issue.id, now, send_at=now + _LATE),
        "issue.scheduled",
    ),
    "schedule the day": (
        _in(IssueState.APPROVED),
        lambda session, _, now: schedule_the_day(session, now),
        "issue.scheduled",
    ),
    "reopen": (
        _scheduled,
        lambda session, issue, now: reopen(session, CLI, issue.id, now),
        "issue.unscheduled",
    ),
    "too late": (
        _scheduled,
        lambda session, issue, now: launch_if_due(session, issue.id, now + _LATE),
        "issue.unscheduled",
    ),
    "launch": (
        _scheduled_for_one,
        lambda session, issue, now: launch_if_due(session, issue.id, now),
        "issue.launched",
    ),
    "pause": (
        _in(IssueState.SENDING, launched=True),
        lambda session, issue, now: pause(session, CLI, issue.id, now),
        "issue.paused",
    ),
    "fail": (
        _in(IssueState.SENDING, launched=True),
        lambda session, issue, now: issue_set_aside(session, "its end", now)(issue.id, "x"),
        "issue.paused",
    ),
    "brake": (_bounced, lambda session, _, now: apply_brakes(session, now), "issue.paused"),
    "resume": (
        _in(IssueState.PAUSED, launched=True),
        lambda session, issue, now: resume(session, CLI, issue.id, now),
        "issue.resumed",
    ),
    "cancel": (
        _in(IssueState.DRAFT),
        lambda session, issue, now: cancel(session, CLI, issue.id, now),
        "issue.cancelled",
    ),
    "finish": (_done, lambda session, _, now: finish_issues(session, now), "issue.sent"),
}
"""What there is before, the step, and what it publishes."""


@pytest.mark.parametrize("step", STEPS)
def test_step_publishes_one_entry_with_the_issues_public_id(
    session: Session, issue: Issue, publication: Publication, now: datetime, step: str
) -> None:
    prepare, take, kind = STEPS[step]
    prepare(session, issue, now)
    session.commit()
    n_before = len(published(session))
    take(session, issue, now)
    assert published(session)[n_before:] == [kind]
    entry = last_entry(session)
    assert (entry.issue_id, entry.reader_id) == (issue.public_id, None)
    session.refresh(issue)
    assert (entry.facts["state"], entry.facts["issued_on"]) == (issue.state, "2026-11-23")


@pytest.mark.parametrize("step", STEPS)
def test_step_that_is_rolled_back_publishes_nothing(
    session: Session, issue: Issue, publication: Publication, now: datetime, step: str
) -> None:
    prepare, take, _ = STEPS[step]
    prepare(session, issue, now)
    session.commit()
    before = published(session)
    take(session, issue, now)
    session.rollback()
    assert published(session) == before


def test_correction_publishes_which_fields_and_the_revision(
    sessions: Sessions, session: Session, half_sent: Issue, now: datetime
) -> None:
    before = published(session)
    session.rollback()
    correct_first(sessions, half_sent, {"what": "It is twice as fast."}, now)
    assert published(session)[len(before) :] == ["issue.corrected"]
    entry = last_entry(session)
    assert entry.issue_id == half_sent.public_id
    assert (entry.facts["fields"], entry.facts["revision"]) == (["what"], 2)


def test_launch_publishes_one_entry_however_many_read_it(
    session: Session, half_sent: Issue
) -> None:
    assert published(session) == ["issue.launched"]
    entry = last_entry(session)
    assert entry.facts == {
        "issued_on": "2026-11-23",
        "state": "sending",
        "send_at": None,
        "by": "system",
        "n_due": 320,
    }


def test_launch_that_nobody_reads_is_sent_at_once(
    session: Session, issue: Issue, publication: Publication, now: datetime
) -> None:
    _scheduled(session, issue, now)
    launch(session, lock_issue(session, issue.id), now)
    assert published(session) == ["issue.launched", "issue.sent"]


def test_approved_issue_that_has_changed_is_unscheduled_once_and_not_launched(
    session: Session, approved: Issue, now: datetime
) -> None:
    _change_a_name(session, approved, now)
    for _ in range(2):
        reopen_changed(session, LOOKS, now)
        launch_alone(session, approved.id, LOOKS, now)
    assert published(session) == ["issue.scheduled", "issue.unscheduled"]
    assert last_entry(session).facts["by"] == "system"


def test_steps_that_nobody_outside_waits_for_publish_nothing(
    session: Session, issue: Issue, ai: Category, now: datetime
) -> None:
    approve(session, CLI, issue.id, now)
    reopen(session, CLI, issue.id, now)
    make_issue(session, state=IssueState.PAUSED, launched_at=now)
    assert published(session) == []


def test_pause_of_a_paused_issue_is_no_second_one(
    session: Session, issue: Issue, now: datetime
) -> None:
    issue.state, issue.launched_at = IssueState.SENDING, now
    pause(session, CLI, issue.id, now, because="write to ann@example.com")
    issue_set_aside(session, "its end", now)(issue.id, "x")
    assert published(session) == ["issue.paused"]
    assert "ann" not in str(last_entry(session).facts)
