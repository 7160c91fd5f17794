"""What letters say of what a reader chose, and when it comes, is what a launch then does."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.delivery.choice import choice_of
from app.delivery.waves import arrivals, wave_of
from app.enums import Depth
from app.models import Category, CategoryState, Issue, Publication
from app.rendering.inputs import ChoiceFacts
from tests.factories import make_category, make_issue, make_subscriber

THURSDAY = datetime(2026, 4, 30, 12, tzinfo=UTC)


@pytest.fixture
def ai(session: Session) -> Category:
    publication = session.get_one(Publication, 1)
    publication.send_time, publication.weekdays = time(7), [1, 2, 3, 4, 5]
    publication.time_zone = "Europe/Dublin"
    return make_category(session, "ai", name="AI")


def _says(session: Session, follows: int, hour: int | None = None, **own: str) -> ChoiceFacts:
    reader = make_subscriber(session, follows=follows, depth=Depth.BRIEF, hour=hour, **own)
    return choice_of(session, reader, THURSDAY)


def test_choice_names_categories_depth_days_and_hour(session: Session, ai: Category) -> None:
    assert _says(session, ai.mask) == ChoiceFacts(
        "AI, the short version of every story",
        "Monday to Friday at 07:00 (Europe/Dublin)",
        "Friday 1 May",
    )


def test_hour_is_of_each_reader_and_may_be_of_the_next_day(session: Session, ai: Category) -> None:
    tuesdays_on = "on Tuesday, Wednesday, Thursday, Friday and Saturday at 06:00"
    early = _says(session, ai.mask, 6)
    assert early.when == f"{tuesdays_on} (Europe/Dublin)"
    assert early.first == "Saturday 2 May", "nothing of Thursday went out that could still come"
    assert _says(session, ai.mask, 6, time_zone="Asia/Tokyo").when == (
        f"{tuesdays_on} (Asia/Tokyo)"
    )
    assert _says(session, ai.mask, 20).when == "Monday to Friday at 20:00 (Europe/Dublin)"


def test_categories_with_days_of_their_own_are_said_apart(session: Session, ai: Category) -> None:
    data = make_category(session, "data", name="Data")
    security = make_category(session, "security", name="Security")
    security.send_time, security.weekdays = time(9, 30), [1]
    session.flush()
    assert _says(session, ai.mask | data.mask | security.mask).when == (
        "AI and Data Monday to Friday at 07:00; Security on Monday at 09:30 (Europe/Dublin)"
    )


def test_nothing_is_promised_where_nothing_comes(session: Session, ai: Category) -> None:
    assert _says(session, 0) == ChoiceFacts()
    session.get_one(Publication, 1).weekdays = []
    session.flush()
    assert _says(session, ai.mask) == ChoiceFacts("AI, the short version of every story")
    ai.state = CategoryState.RETIRED
    session.flush()
    assert _says(session, ai.mask) == ChoiceFacts()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(
    hour=st.none() | st.integers(0, 23),
    zone=st.sampled_from([None, "Asia/Tokyo", "America/Lima", "Asia/Kathmandu"]),
    minutes=st.integers(0, 24 * 60),
)
def test_arrivals_are_the_instants_that_a_launch_gives_a_reader(
    session: Session, hour: int | None, zone: str | None, minutes: int
) -> None:
    send_at = THURSDAY + timedelta(minutes=minutes)
    reader = make_subscriber(session, hour=hour, time_zone=zone)
    issue = session.scalars(select(Issue)).first() or make_issue(session)
    issue.send_at, issue.at_local_hours = send_at, True
    wave = wave_of(session, issue, reader.id, send_at)
    assert arrivals(session, reader.id, [send_at]) == [max(wave or send_at, send_at)]
