from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import CLI, SYSTEM, Verb
from app.enums import DayOutcome, IssueState
from app.issues.daily import due_issues, launch_if_due, note_empty_days, schedule_the_day
from app.issues.lifecycle import approve
from app.issues.scheduling import schedule
from app.models import AuditEntry, Category, Issue, Publication, ScheduleDay
from tests.factories import make_category, make_issue, make_story, make_subscriber

SEVEN = timedelta(hours=1)


def _tick(session: Session, now: datetime) -> list[int]:
    schedule_the_day(session, now)
    note_empty_days(session, now)
    return [i for i in due_issues(session, now) if launch_if_due(session, i, now)]


def _days(session: Session) -> list[tuple[date, int | None, DayOutcome]]:
    rows = session.scalars(select(ScheduleDay).order_by(ScheduleDay.id))
    return [(row.day, row.category_id, row.outcome) for row in rows]


def test_approved_issue_goes_out_by_itself_at_the_publications_time(
    session: Session, issue: Issue, ai: Category, publication: Publication, now: datetime
) -> None:
    make_subscriber(session, follows=ai.mask)
    approve(session, CLI, issue.id, now)
    assert _tick(session, now + SEVEN - timedelta(seconds=1)) == []
    assert issue.state is IssueState.SCHEDULED
    assert _tick(session, now + SEVEN) == [issue.id]
    assert (issue.state, issue.launched_at) == (IssueState.SENDING, now + SEVEN)
    assert _days(session) == [(issue.issued_on, None, DayOutcome.LAUNCHED)]


def test_tick_launches_once_when_it_comes_twice(
    session: Session, issue: Issue, ai: Category, publication: Publication, now: datetime
) -> None:
    make_subscriber(session, follows=ai.mask)
    approve(session, CLI, issue.id, now)
    assert _tick(session, now + SEVEN) == [issue.id]
    assert not launch_if_due(session, issue.id, now + SEVEN)
    assert _tick(session, now + SEVEN) == []
    assert len(_days(session)) == 1


def test_issue_waits_for_its_own_day(
    session: Session, issue: Issue, publication: Publication, now: datetime
) -> None:
    issue.issued_on += timedelta(days=1)
    approve(session, CLI, issue.id, now)
    assert _tick(session, now + SEVEN) == []
    assert issue.state is IssueState.APPROVED
    assert _tick(session, now + SEVEN + timedelta(days=1)) == [issue.id]


def test_beat_that_was_down_catches_up_while_the_issue_is_fresh(
    session: Session, issue: Issue, publication: Publication, now: datetime
) -> None:
    approve(session, CLI, issue.id, now)
    assert _tick(session, now.replace(hour=11)) == [issue.id]


def test_issue_is_reported_stale_and_not_sent_when_it_is_too_late(
    session: Session, issue: Issue, publication: Publication, now: datetime
) -> None:
    approve(session, CLI, issue.id, now)
    late = now.replace(hour=11, second=1)
    assert _tick(session, late) == []
    assert (issue.state, issue.stale_at) == (IssueState.APPROVED, late)
    assert _days(session) == [(issue.issued_on, None, DayOutcome.STALE)]
    assert _tick(session, late + timedelta(minutes=1)) == []
    assert len(_days(session)) == 1


def test_stale_issue_goes_out_when_a_person_schedules_it_anew(
    session: Session, issue: Issue, publication: Publication, now: datetime
) -> None:
    approve(session, CLI, issue.id, now)
    late = now + timedelta(days=1)
    _tick(session, late)
    schedule(session, CLI, issue.id, late, send_at=late)
    assert _tick(session, late) == [issue.id]
    assert (issue.issued_on, None, DayOutcome.LAUNCHED) in _days(session)


def test_day_without_an_issue_is_skipped_and_said_once(
    session: Session, ai: Category, publication: Publication, now: datetime
) -> None:
    assert _tick(session, now + SEVEN - timedelta(seconds=1)) == []
    assert _days(session) == []
    lanes = note_empty_days(session, now + SEVEN)
    assert [lane.category_id for lane in lanes] == [None]
    assert note_empty_days(session, now + SEVEN) == []
    assert _days(session) == [(now.date(), None, DayOutcome.SKIPPED)]


def test_day_is_not_skipped_when_it_is_no_send_day(
    session: Session, publication: Publication, now: datetime
) -> None:
    saturday = now + timedelta(days=5)
    assert note_empty_days(session, saturday.replace(hour=20)) == []


def test_issue_on_a_day_off_waits_for_a_person(
    session: Session, issue: Issue, publication: Publication, now: datetime
) -> None:
    issue.issued_on += timedelta(days=5)
    approve(session, CLI, issue.id, now)
    saturday = now + timedelta(days=5, hours=2)
    assert _tick(session, saturday) == []
    assert issue.state is IssueState.APPROVED
    schedule(session, CLI, issue.id, saturday, send_at=saturday)
    assert _tick(session, saturday) == [issue.id]


def test_skipped_day_is_overruled_when_its_issue_comes_late(
    session: Session, issue: Issue, publication: Publication, now: datetime
) -> None:
    note_empty_days(session, now + SEVEN)
    approve(session, CLI, issue.id, now + SEVEN)
    assert _tick(session, now + SEVEN) == [issue.id]
    assert _days(session) == [(now.date(), None, DayOutcome.LAUNCHED)]


def test_split_issues_go_out_at_their_categories_times(
    session: Session, ai: Category, publication: Publication, now: datetime
) -> None:
    ai.send_time = time(6, 30)
    devops = make_category(session, "devops", send_time=time(18), weekdays=[1])
    security = make_category(session, "security")
    own = {}
    for category in (ai, devops):
        own[category.slug] = make_issue(session, category_id=category.id)
        make_story(session, own[category.slug], category)
        approve(session, CLI, own[category.slug].id, now)
    assert _tick(session, now.replace(hour=6, minute=30)) == [own["ai"].id]
    assert _tick(session, now.replace(hour=7)) == []
    assert _tick(session, now.replace(hour=18)) == [own["devops"].id]
    assert (now.date(), security.id, DayOutcome.SKIPPED) in _days(session)
    assert all(category_id is not None for _, category_id, _ in _days(session))


def test_schedule_follows_the_publications_clocks(
    session: Session, issue: Issue, publication: Publication, now: datetime
) -> None:
    publication.time_zone = "Pacific/Auckland"
    approve(session, CLI, issue.id, now)
    schedule(session, CLI, issue.id, now - timedelta(hours=13), send_at=None)
    assert issue.send_at == now.replace(hour=18) - timedelta(days=1)


def test_issue_gets_the_same_time_by_itself_as_by_hand(
    session: Session, issue: Issue, ai: Category, publication: Publication, now: datetime
) -> None:
    own = make_issue(session, category_id=ai.id)
    make_story(session, own, ai)
    for one in (issue, own):
        approve(session, CLI, one.id, now)
    schedule(session, CLI, own.id, now)
    assert schedule_the_day(session, now) == [issue.id]
    times = [(one.state, one.send_at, one.send_not_after, one.stale_at) for one in (issue, own)]
    assert times[0] == times[1]
    by_id = {
        entry.target_id: entry
        for entry in session.scalars(
            select(AuditEntry).where(AuditEntry.verb == Verb.SCHEDULE, AuditEntry.at == now)
        )
    }
    assert by_id[issue.id].after == by_id[own.id].after
    assert (by_id[issue.id].who, by_id[own.id].who) == (SYSTEM.name, CLI.name)
