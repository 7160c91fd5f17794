"""The next issue that pages and letters promise is the one that comes."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.delivery.launch import launch
from app.delivery.next_issue import next_issue, next_issue_for
from app.delivery.warm_up import start_warm_up
from app.enums import IssueState
from app.models import Batch, Category, CategoryState, Issue, Publication
from tests.factories import make_category, make_issue, make_story, make_subscriber

THURSDAY: Final = datetime(2026, 4, 30, 6, tzinfo=UTC)
TODAY: Final = THURSDAY.date()
NOON: Final = THURSDAY.replace(hour=12)
ITS_TIME: Final = datetime(2026, 4, 30, 7, tzinfo=UTC)
FRIDAY: Final = datetime(2026, 5, 1, 7, tzinfo=UTC)


@pytest.fixture
def ai(session: Session) -> Category:
    publication = session.get_one(Publication, 1)
    publication.send_time, publication.weekdays = time(7), [1, 2, 3, 4, 5]
    publication.time_zone = "UTC"
    return make_category(session, "ai", name="AI")


def _issue(session: Session, category: Category, state: IssueState, **own: object) -> Issue:
    issue = make_issue(session, state=state, **{"issued_on": TODAY, **own})
    make_story(session, issue, category)
    return issue


def test_next_issue_is_that_of_the_schedule(session: Session, ai: Category) -> None:
    assert next_issue(session, THURSDAY) == ITS_TIME
    assert next_issue(session, ITS_TIME) == FRIDAY
    assert next_issue(session, FRIDAY) == FRIDAY + timedelta(days=3), "nothing comes on Saturday"
    reader = make_subscriber(session, follows=ai.mask)
    assert next_issue_for(session, reader, ITS_TIME) == FRIDAY


def test_next_issue_is_said_on_the_clocks_of_who_reads(session: Session, ai: Category) -> None:
    session.get_one(Publication, 1).time_zone = "Europe/Vienna"
    reader = make_subscriber(session, follows=ai.mask, hour=6, time_zone="Asia/Tokyo")
    at = next_issue(session, THURSDAY)
    assert at is not None
    assert at.isoformat() == "2026-05-01T07:00:00+02:00"
    theirs = next_issue_for(session, reader, THURSDAY)
    assert theirs is not None
    assert theirs.isoformat() == "2026-05-02T06:00:00+09:00"


def test_no_next_issue_where_no_day_is_set_or_nothing_is_open(
    session: Session, ai: Category
) -> None:
    reader = make_subscriber(session, follows=ai.mask)
    assert next_issue_for(session, make_subscriber(session, follows=0), THURSDAY) is None
    ai.state = CategoryState.RETIRED
    session.flush()
    assert (next_issue(session, THURSDAY), next_issue_for(session, reader, THURSDAY)) == (None,) * 2
    ai.state, session.get_one(Publication, 1).weekdays = CategoryState.OPEN, []
    session.flush()
    assert (next_issue(session, THURSDAY), next_issue_for(session, reader, THURSDAY)) == (None,) * 2
    at = THURSDAY + timedelta(days=20)
    _issue(session, ai, IssueState.SCHEDULED, send_at=at, issued_on=at.date())
    assert next_issue(session, THURSDAY) == next_issue_for(session, reader, THURSDAY) == at


@pytest.mark.parametrize("hours", [-0.5, 2, 30])
def test_time_of_an_issue_goes_before_the_schedule(
    session: Session, ai: Category, hours: float
) -> None:
    at = ITS_TIME + timedelta(hours=hours)
    reader = make_subscriber(session, follows=ai.mask)
    _issue(session, ai, IssueState.SCHEDULED, send_at=at)
    assert next_issue(session, THURSDAY) == next_issue_for(session, reader, THURSDAY)
    assert next_issue(session, THURSDAY) == min(at, FRIDAY)


@pytest.mark.parametrize("state", [IssueState.SENT, IssueState.CANCELLED, IssueState.PAUSED])
def test_day_that_is_done_has_no_other_issue_to_come(
    session: Session, ai: Category, state: IssueState
) -> None:
    reader = make_subscriber(session, follows=ai.mask, hour=20)
    done = _issue(session, ai, state, send_at=THURSDAY, launched_at=THURSDAY)
    assert next_issue(session, THURSDAY) == FRIDAY
    assert next_issue_for(session, reader, NOON) == FRIDAY.replace(hour=20)
    if state is not IssueState.PAUSED:  # another one, made in its place, has its time
        _issue(session, ai, IssueState.DRAFT)
        assert next_issue(session, THURSDAY) == ITS_TIME
    session.delete(done)


def test_issue_of_other_categories_is_not_the_readers_next(session: Session, ai: Category) -> None:
    data = make_category(session, "data", name="Data", send_time=time(9), weekdays=[1])
    reader = make_subscriber(session, follows=data.mask)
    _issue(session, ai, IssueState.SCHEDULED, send_at=ITS_TIME)
    monday = datetime(2026, 5, 4, 9, tzinfo=UTC)
    assert next_issue_for(session, reader, THURSDAY) == monday
    assert next_issue(session, THURSDAY) == ITS_TIME
    _issue(session, data, IssueState.SCHEDULED, send_at=FRIDAY, category_id=data.id)
    assert next_issue_for(session, reader, THURSDAY) == FRIDAY


def test_hidden_and_corrected_issues_are_no_next_ones(session: Session, ai: Category) -> None:
    hidden = make_category(session, "secret", state=CategoryState.HIDDEN)
    early = ITS_TIME - timedelta(minutes=20)
    _issue(session, hidden, IssueState.SCHEDULED, send_at=early, category_id=hidden.id)
    sent = _issue(session, ai, IssueState.SENT, issued_on=date(2026, 4, 29))
    _issue(session, ai, IssueState.SCHEDULED, send_at=early, corrects_id=sent.id)
    assert next_issue(session, THURSDAY) == ITS_TIME


def test_in_a_warm_up_only_an_issue_that_is_on_its_way_to_them_is_certain(
    session: Session, ai: Category
) -> None:
    first = make_subscriber(session, follows=ai.mask, hour=9, time_zone="UTC")
    for _ in range(2):
        make_subscriber(session, follows=ai.mask, confirmed_at=THURSDAY - timedelta(days=9))
    issue = make_issue(session, state=IssueState.SCHEDULED, issued_on=TODAY, send_at=ITS_TIME)
    make_story(session, issue, ai)
    assert next_issue_for(session, first, THURSDAY) == THURSDAY.replace(hour=9)
    start_warm_up(session, CLI, THURSDAY, first=2, days=5)
    assert next_issue_for(session, first, THURSDAY) is None
    first.confirmed_at = THURSDAY
    session.flush()
    launch(session, issue, ITS_TIME)
    session.flush()
    assert next_issue_for(session, first, ITS_TIME) == THURSDAY.replace(hour=9)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(
    hour=st.none() | st.integers(0, 23),
    zone=st.sampled_from([None, "Asia/Tokyo", "America/Lima", "Asia/Kathmandu"]),
    minutes=st.integers(1, 24 * 60),
    waits=st.booleans(),
)
def test_next_issue_comes_when_the_launch_then_says(
    session: Session, hour: int | None, zone: str | None, minutes: int, *, waits: bool
) -> None:
    with session.begin_nested() as tried:
        category = make_category(session, "tried")
        send_at = THURSDAY + timedelta(minutes=minutes)
        session.get_one(Publication, 1).weekdays = []
        reader = make_subscriber(session, follows=category.mask, hour=hour, time_zone=zone)
        issue = _issue(
            session,
            category,
            IssueState.SCHEDULED,
            send_at=send_at,
            at_local_hours=waits,
        )
        promised = next_issue_for(session, reader, THURSDAY)
        launch(session, issue, send_at)
        batch = session.scalars(select(Batch).where(Batch.issue_id == issue.id)).one()
        assert promised == (batch.not_before or send_at)
        assert batch.not_before is None or (
            next_issue_for(session, reader, send_at) == batch.not_before
        ), "and goes on saying so until it is there"
        tried.rollback()
