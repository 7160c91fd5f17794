"""A domain that is warmed up: so many readers of each day, the best first, and never more."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.db.session import Sessions, transaction
from app.delivery.audience import count_audience
from app.delivery.launch import launch
from app.delivery.receptions import Reception, WhyNot
from app.delivery.room import room_for_issue, room_on
from app.delivery.send import Sender
from app.delivery.warm_up import start_warm_up
from app.enums import (
    IssueState,
)
from app.issues.lifecycle import lock_issue
from app.models import Batch, Category, Issue, ReaderSign, Subscriber
from app.readers.signs import last_sign
from tests.delivery.warming import add, by_day, frozen
from tests.factories import make_issue, make_story

Launch = Callable[[Issue], Issue]
MakeSender = Callable[..., Sender]
Ready = Callable[[], Issue]

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 11, 23, 7, tzinfo=UTC)


def test_issue_goes_to_the_best_readers_up_to_the_days_ceiling(
    session: Session, issue: Issue, ai: int, launched: Launch, now: datetime
) -> None:
    best_first = add(session, 12, ai, now)
    start_warm_up(session, CLI, now, first=5)
    launched(issue)
    assert sorted(frozen(session, issue)) == sorted(best_first[:5])
    assert (issue.n_due, issue.n_beyond_warm_up) == (5, 7)
    assert by_day(session) == {now.date(): 5}


def test_best_are_those_with_the_newest_sign_then_the_newest_confirmation(
    session: Session, issue: Issue, ai: int, launched: Launch, now: datetime
) -> None:
    ids = add(session, 9, ai, now)
    for reader_id, days in ((ids[8], 1), (ids[5], 2), (ids[7], 2000)):
        session.add(ReaderSign(subscriber_id=reader_id, last_at=now - days * DAY))
    start_warm_up(session, CLI, now, first=4)
    launched(issue)
    best = select(Subscriber.id).outerjoin(ReaderSign, ReaderSign.subscriber_id == Subscriber.id)
    by_sign = session.scalars(best.order_by(last_sign().desc(), Subscriber.id).limit(4)).all()
    assert sorted(frozen(session, issue)) == sorted(by_sign)
    assert set(by_sign) == {ids[8], ids[5], ids[0], ids[1]}


def test_plan_counts_exactly_those_whom_the_launch_freezes(
    session: Session, issue: Issue, ai: int, launched: Launch, now: datetime
) -> None:
    issue.send_at = now
    for hour in (None, 3, 9, 23):
        add(session, 5, ai, now, hour=hour, time_zone="UTC")
    start_warm_up(session, CLI, now, first=7, days=4)
    room = room_for_issue(session, issue, now, now)
    assert room is not None
    planned = count_audience(session, issue, now, room)
    launched(issue)
    waves = Counter[datetime | None]()
    for not_before, n in session.execute(select(Batch.not_before, Batch.n_readers)):
        waves[not_before] += n
    assert Counter({one.due_at: one.n for one in planned}) == waves
    assert sum(waves.values()) == issue.n_due == 7


def test_issues_and_waves_of_some_days_never_have_more_together_than_each_days_ceiling(
    session: Session, categories: dict[str, Category], ai: int, now: datetime
) -> None:
    for hour in (None, 2, 6, 8, 22):
        add(session, 12, ai, now, hour=hour, time_zone="UTC")
    going_on = start_warm_up(session, CLI, now, first=9, days=6)
    for n in range(6):
        at = now + n * DAY
        for k in range(2):
            made = make_issue(session, state=IssueState.SCHEDULED, send_at=at + k * HOUR)
            made.issued_on = at.date()
            made.state = IssueState.SCHEDULED
            make_story(session, made, categories["ai"])
            session.commit()
            launch(session, lock_issue(session, made.id), at + k * HOUR)
            made.state = IssueState.SENT  # one of a day at a time is on its way
            session.commit()
    counts = session.execute(
        select(Batch.warm_up_day, func.sum(Batch.n_readers)).group_by(Batch.warm_up_day)
    )
    for day, n_readers in counts:
        ceiling = None if day is None else going_on.ramp.ceiling(day)
        assert ceiling is None or n_readers <= ceiling
    assert going_on.ramp.ceiling(now.date()) == 9


def test_free_today_is_what_an_issue_may_still_have(
    session: Session, issue: Issue, ai: int, launched: Launch, now: datetime
) -> None:
    issue.send_at = now
    add(session, 3, ai, now)
    add(session, 4, ai, now, hour=3, time_zone="UTC")
    start_warm_up(session, CLI, now, first=6, days=4)
    launched(issue)
    room = room_on(session, now, now)
    assert room is not None
    assert (room.n_left, room.by_day[now.date()]) == (0, 3), "night readers are due tomorrow"
    assert room.n_free == 0


def test_issues_launched_at_once_share_one_ceiling(
    session: Session, sessions: Sessions, categories: dict[str, Category], ai: int, now: datetime
) -> None:
    add(session, 30, ai | categories["devops"].mask, now)
    start_warm_up(session, CLI, now, first=10)
    issues = []
    for slug in ("ai", "devops", "security"):
        made = make_issue(session, state=IssueState.SCHEDULED)
        made.category_id = categories[slug].id
        make_story(session, made, categories[slug if slug != "security" else "ai"])
        issues.append(made.id)
    session.commit()

    def launch_one(issue_id: int) -> None:
        with transaction(sessions) as own:
            launch(own, lock_issue(own, issue_id), now)

    threads = [Thread(target=launch_one, args=(issue_id,)) for issue_id in issues]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert by_day(session) == {now.date(): 10}


def test_who_is_beyond_the_ceiling_is_told_so(
    session: Session,
    issue: Issue,
    ai: int,
    launched: Launch,
    told: Callable[..., tuple[Reception, WhyNot | None, str]],
    now: datetime,
) -> None:
    best_first = add(session, 4, ai, now)
    start_warm_up(session, CLI, now, first=3)
    launched(issue)
    beyond = session.get_one(Subscriber, best_first[-1])
    reception, why, words = told(issue, beyond)
    assert (reception, why) == (Reception.NOTHING, WhyNot.WARM_UP_THEN)
    assert "or they wanted no issues then" in words, "who paused then, and no more, is told so too"
