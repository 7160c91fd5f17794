"""The steps from the plan on: a time of one's own, now, all at once, opened again, called off."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.container import Container
from app.delivery.pausing import pause
from app.enums import IssueState
from app.issues.approval import approve_checked
from app.models import AuditEntry, Issue
from app.publication.publication import get_publication
from tests.desk.browsing import Browsing
from tests.desk.conftest import Clock
from tests.desk.planned import field, said, whole

HALF_PAST_EIGHT = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)


@pytest.fixture
def approved(session: Session, planned: Issue, container: Container, now: datetime) -> Issue:
    """Approve the planned issue, as somebody at the command line does."""
    approve_checked(session, CLI, planned.id, container.check_settings, now)
    session.commit()
    return planned


def _issue(session: Session, issue: Issue) -> Issue:
    session.rollback()
    return session.get_one(Issue, issue.id, populate_existing=True)


def test_time_of_ones_own_is_planned_for_approved_and_scheduled(
    sender: Browsing, session: Session, planned: Issue, path: str
) -> None:
    page = whole(sender, f"{path}/plan?at=2026-11-24T08:30")
    assert "At the time you chose: Tuesday 24 November, 08:30 Vienna" in said(page)
    form = {"plan": field(page, "plan"), "at": field(page, "at")}
    assert sender.post(f"{path}/approve", form).status_code == 303
    issue = _issue(session, planned)
    assert (issue.state, issue.send_at) == (IssueState.SCHEDULED, HALF_PAST_EIGHT)
    assert "Scheduled: Tuesday 24 November, 08:30 Vienna" in said(whole(sender, f"{path}/plan"))


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("tomorrow", "Choose a day and a time."),
        ("2026-11-24T08:30Z", "Choose a day and a time."),
        ("2026-11-23T06:30", "That time has passed."),
        ("2027-03-28T02:30", "skip 2027-03-28 02:30"),
    ],
)
def test_time_that_is_none_is_said_and_nothing_is_approved_with_it(
    sender: Browsing, session: Session, planned: Issue, path: str, typed: str, words: str
) -> None:
    assert words in said(sender.get(f"{path}/plan", params={"at": typed}))
    form = {"plan": field(whole(sender, f"{path}/plan"), "plan"), "at": typed}
    refused = sender.post(f"{path}/approve", form)
    assert refused.status_code == 422
    assert words in said(refused)
    assert _issue(session, planned).state is IssueState.DRAFT
    assert session.scalars(select(AuditEntry).where(AuditEntry.verb == "approve")).all() == []


def test_sending_now_asks_once_with_its_numbers_and_a_second_press_does_nothing_more(
    sender: Browsing, session: Session, planned: Issue, path: str, now: datetime
) -> None:
    page = whole(sender, f"{path}/send-now")
    read = said(page)
    assert "2 readers get it 1 at once, 1 at the hour they chose, the last Monday 23" in read
    assert "A mail that has left cannot be called back." in read
    form = {name: field(page, name) for name in ("plan", "version")}
    assert sender.post(f"{path}/send-now", form).status_code == 303
    issue = _issue(session, planned)
    assert (issue.state, issue.send_at, issue.n_planned) == (IssueState.SCHEDULED, now, 2)
    assert sender.post(f"{path}/send-now", form).status_code == 412
    assert session.scalars(select(AuditEntry.verb)).all().count("schedule") == 1


def test_sending_now_is_refused_for_another_plan(
    sender: Browsing, session: Session, planned: Issue, path: str
) -> None:
    form = {name: field(whole(sender, f"{path}/send-now"), name) for name in ("plan", "version")}
    _issue(session, planned).revision += 1
    session.commit()
    refused = sender.post(f"{path}/send-now", form)
    assert refused.status_code == 409
    assert "it was edited, and is as it was again" in said(refused)
    assert _issue(session, planned).state is IssueState.DRAFT


def test_approved_issue_gets_a_time_and_another_one(
    sender: Browsing, session: Session, approved: Issue, path: str
) -> None:
    version = field(whole(sender, f"{path}/plan"), "version")
    form = {"version": version, "at": "2026-11-24T08:30"}
    assert sender.post(f"{path}/schedule", form).status_code == 303
    assert _issue(session, approved).send_at == HALF_PAST_EIGHT
    assert sender.post(f"{path}/schedule", form).status_code == 412
    form = {"version": field(whole(sender, f"{path}/plan"), "version"), "at": "2026-11-24T09:30"}
    assert sender.post(f"{path}/schedule", form).status_code == 303
    assert _issue(session, approved).send_at == HALF_PAST_EIGHT + timedelta(hours=1)


def test_hours_of_readers_are_left_out_and_the_chosen_time_stays(
    sender: Browsing, session: Session, planned: Issue, path: str
) -> None:
    page = whole(sender, f"{path}/plan?at=2026-11-24T08:30")
    form = {name: field(page, name) for name in ("version", "at", "local")}
    done = sender.post(f"{path}/hours", form)
    assert "at=2026-11-24T08%3A30" in done.headers["location"]
    assert not _issue(session, planned).at_local_hours
    read = said(whole(sender, f"{path}/plan"))
    assert "It goes to everybody at once, whatever hour they chose." in read
    assert sender.post(f"{path}/hours", form).status_code == 412


def test_passed_time_leads_to_the_question_whether_to_send_now(
    sender: Browsing, session: Session, planned: Issue, path: str, clock: Clock
) -> None:
    clock.ahead = timedelta(hours=25)
    page = whole(sender, f"{path}/plan")
    assert "Its time has passed: approved, it goes out at once." in said(page)
    assert "Approve for" not in page.text
    clock.ahead = timedelta(hours=30)
    page = whole(sender, f"{path}/plan")
    assert "2 readers · no time yet" in said(page)
    assert "It does not go out by itself: once it is approved, give it a time" in said(page)
    assert "Approve for 2 readers" in said(page)


def test_day_that_nothing_is_sent_on_waits_for_a_time(
    sender: Browsing, session: Session, planned: Issue, path: str
) -> None:
    get_publication(session).weekdays = [1]
    session.commit()
    assert "2 readers · no time yet" in said(whole(sender, f"{path}/plan"))


def test_sender_calls_it_off_for_good_and_only_an_editor_opens_it_again(
    sender: Browsing, editor: Browsing, session: Session, approved: Issue, path: str
) -> None:
    page = whole(sender, f"{path}/plan")
    assert "Open it again" not in page.text
    page = whole(editor, f"{path}/plan")
    assert "Cancel" not in page.text
    assert editor.post(f"{path}/reopen", {"version": field(page, "version")}).status_code == 303
    assert _issue(session, approved).state is IssueState.DRAFT
    stale = {"version": field(page, "version")}
    assert sender.post(f"{path}/cancel", stale).status_code == 412
    version = _issue(session, approved).version
    assert sender.post(f"{path}/cancel", {"version": version}).status_code == 303
    assert _issue(session, approved).state is IssueState.CANCELLED


def test_what_was_paused_before_its_launch_goes_on_after_one_question(
    sender: Browsing, session: Session, approved: Issue, path: str, now: datetime
) -> None:
    pause(session, CLI, _issue(session, approved), "its readers changed", now)
    session.commit()
    page = whole(sender, f"{path}/plan")
    assert "It is paused: its readers changed." in said(page)
    assert "Resume for 2 readers" in said(page)
    form = {"version": field(page, "version")}
    assert sender.post(f"{path}/resume", form).status_code == 303
    assert _issue(session, approved).state is IssueState.APPROVED
    assert sender.post(f"{path}/resume", form).status_code == 412
