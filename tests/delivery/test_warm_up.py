"""A domain that is warmed up: so many readers of each day, the best first, and never more."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.db.session import Sessions, transaction
from app.delivery.audience import count_audience
from app.delivery.claim import lease_batch
from app.delivery.launch import launch
from app.delivery.letters import open_letter, queue_letter
from app.delivery.receptions import Reception, WhyNot
from app.delivery.reconcile import doubt_lost_calls, settle_doubts
from app.delivery.resend import resend
from app.delivery.room import move_overdue, room_for_issue, room_on
from app.delivery.send import Sender, send_batch
from app.delivery.timing import USUAL
from app.delivery.warm_up import repeat_step, start_warm_up, stop_warm_up, warm_up
from app.enums import (
    BatchOrigin,
    BatchState,
    ConsentSource,
    IssueState,
    LetterKind,
    SubscriberState,
)
from app.errors import Conflict, InvalidInput
from app.issues.lifecycle import lock_issue
from app.models import Account, AuditEntry, Batch, Category, Issue, ReaderSign, Subscriber
from app.readers.consent import Origin
from app.readers.signs import last_sign
from app.readers.signup import confirm
from tests.claims import open_call
from tests.factories import make_issue, make_story, make_subscriber
from tests.fakes import KeepingTransport

Launch = Callable[[Issue], Issue]
MakeSender = Callable[..., Sender]
Ready = Callable[[], Issue]

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 11, 23, 7, tzinfo=UTC)


@pytest.fixture
def ai(categories: dict[str, Category]) -> int:
    return categories["ai"].mask


def _add(session: Session, n: int, follows: int, now: datetime, **own: Any) -> list[int]:
    """Add readers, of whom each confirmed after the one before, and return them best first."""
    made = [
        make_subscriber(session, follows=follows, confirmed_at=now - (1000 - i) * DAY, **own)
        for i in range(n)
    ]
    session.commit()
    return [one.id for one in reversed(made)]


def _frozen(session: Session, issue: Issue) -> list[int]:
    rows = session.scalars(select(Batch.subscriber_ids).where(Batch.issue_id == issue.id))
    return [i for ids in rows for i in ids]


def _by_day(session: Session) -> Counter[date]:
    rows = session.execute(select(Batch.warm_up_day, Batch.n_readers))
    counts: Counter[date] = Counter()
    for day, n in rows:
        assert day is not None
        counts[day] += n
    return counts


def test_issue_goes_to_the_best_readers_up_to_the_days_ceiling(
    session: Session, issue: Issue, ai: int, launched: Launch, now: datetime
) -> None:
    best_first = _add(session, 12, ai, now)
    start_warm_up(session, CLI, now, first=5)
    launched(issue)
    assert sorted(_frozen(session, issue)) == sorted(best_first[:5])
    assert (issue.n_due, issue.n_beyond_warm_up) == (5, 7)
    assert _by_day(session) == {now.date(): 5}


def test_best_are_those_with_the_newest_sign_then_the_newest_confirmation(
    session: Session, issue: Issue, ai: int, launched: Launch, now: datetime
) -> None:
    ids = _add(session, 9, ai, now)
    for reader_id, days in ((ids[8], 1), (ids[5], 2), (ids[7], 2000)):
        session.add(ReaderSign(subscriber_id=reader_id, last_at=now - days * DAY))
    start_warm_up(session, CLI, now, first=4)
    launched(issue)
    best = select(Subscriber.id).outerjoin(ReaderSign, ReaderSign.subscriber_id == Subscriber.id)
    by_sign = session.scalars(best.order_by(last_sign().desc(), Subscriber.id).limit(4)).all()
    assert sorted(_frozen(session, issue)) == sorted(by_sign)
    assert set(by_sign) == {ids[8], ids[5], ids[0], ids[1]}


def test_plan_counts_exactly_those_whom_the_launch_freezes(
    session: Session, issue: Issue, ai: int, launched: Launch, now: datetime
) -> None:
    issue.send_at = now
    for hour in (None, 3, 9, 23):
        _add(session, 5, ai, now, hour=hour, time_zone="UTC")
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
        _add(session, 12, ai, now, hour=hour, time_zone="UTC")
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
    _add(session, 3, ai, now)
    _add(session, 4, ai, now, hour=3, time_zone="UTC")
    start_warm_up(session, CLI, now, first=6, days=4)
    launched(issue)
    room = room_on(session, now, now)
    assert room is not None
    assert (room.n_left, room.by_day[now.date()]) == (0, 3), "night readers are due tomorrow"
    assert room.n_free == 0


def test_issues_launched_at_once_share_one_ceiling(
    session: Session, sessions: Sessions, categories: dict[str, Category], ai: int, now: datetime
) -> None:
    _add(session, 30, ai | categories["devops"].mask, now)
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
    assert _by_day(session) == {now.date(): 10}


def test_who_is_beyond_the_ceiling_is_told_so(
    session: Session,
    issue: Issue,
    ai: int,
    launched: Launch,
    told: Callable[..., tuple[Reception, WhyNot | None, str]],
    now: datetime,
) -> None:
    best_first = _add(session, 4, ai, now)
    start_warm_up(session, CLI, now, first=3)
    launched(issue)
    beyond = session.get_one(Subscriber, best_first[-1])
    reception, why, words = told(issue, beyond)
    assert (reception, why) == (Reception.NOTHING, WhyNot.WARM_UP_THEN)
    assert "or they wanted no issues then" in words, "who paused then, and no more, is told so too"


def test_letters_are_not_held_but_count(
    session: Session, issue: Issue, ai: int, launched: Launch, now: datetime
) -> None:
    best_first = _add(session, 8, ai, now)
    start_warm_up(session, CLI, now, first=5)
    new = make_subscriber(session, state=SubscriberState.PENDING, follows=ai)
    letter = queue_letter(session, LetterKind.CONFIRMATION, now=now, subscriber_id=new.id)
    assert open_letter(session, letter.id, "one", now) is not None
    session.commit()
    launched(issue)
    assert sorted(_frozen(session, issue)) == sorted(best_first[:4])


def test_what_was_not_sent_on_its_day_waits_for_one_with_room(
    session: Session,
    ai: int,
    ready: Ready,
    make_sender: MakeSender,
    transport: KeepingTransport,
    now: datetime,
) -> None:
    _add(session, 9, ai, now)
    start_warm_up(session, CLI, now, first=4)
    issue = ready()
    tomorrow = now + DAY
    assert not send_batch(make_sender(transport, at=tomorrow))
    assert transport.addresses == []
    issue.state = IssueState.PAUSED
    session.commit()
    move_overdue(session, tomorrow)
    session.commit()
    assert _by_day(session) == {now.date(): 4}, "a paused issue takes nobody's room"
    issue.state = IssueState.SENDING
    session.commit()
    move_overdue(session, tomorrow)
    session.commit()
    room = room_on(session, tomorrow, tomorrow)
    assert room is not None
    assert room.by_day[tomorrow.date()] == room.ceiling - 4
    while send_batch(make_sender(transport, at=tomorrow)):
        pass
    assert len(transport.addresses) == 4


def test_batch_that_no_day_has_room_for_holds_up_none_behind_it(
    session: Session, ai: int, ready: Ready, now: datetime
) -> None:
    _add(session, 40, ai, now)
    start_warm_up(session, CLI, now, first=20)
    issue = ready()
    large = session.scalars(select(Batch)).one()
    for n in (3, 2):
        session.add(
            Batch(
                issue_id=issue.id,
                edition_id=large.edition_id,
                subscriber_ids=large.subscriber_ids[:n],
                n_readers=n,
                state=BatchState.QUEUED,
                origin=BatchOrigin.DOUBT,
                n_taken=0,
                tries=1,
                lease_number=0,
                warm_up_day=large.warm_up_day,
            )
        )
    large.n_readers = 1000
    session.commit()
    move_overdue(session, now + DAY)
    session.commit()
    days = dict(iter(session.execute(select(Batch.n_readers, Batch.warm_up_day))))
    assert days == {1000: now.date(), 3: (now + DAY).date(), 2: (now + DAY).date()}


def test_exactly_the_ceiling_is_sent_each_once_when_a_worker_is_killed(
    session: Session,
    sessions: Sessions,
    ai: int,
    ready: Ready,
    make_sender: MakeSender,
    transport: KeepingTransport,
    now: datetime,
) -> None:
    _add(session, 70, ai, now)
    start_warm_up(session, CLI, now, first=60)
    ready()
    lease = lease_batch(session, "killed", now)
    assert lease is not None
    assert open_call(session, lease, 50, now) is not None
    session.commit()
    late = now + USUAL.doubt_lasts + timedelta(seconds=1)
    doubt_lost_calls(session, now + USUAL.lost_after + timedelta(seconds=1))
    session.commit()
    while send_batch(make_sender(transport, at=late)):
        pass
    assert len(transport.addresses) == 10
    assert settle_doubts(sessions, lambda *_: True, late) == 50
    while send_batch(make_sender(transport, at=late)):
        pass
    assert len(transport.addresses) == len(set(transport.addresses)) == 60
    room = room_on(session, late, late)
    assert room is not None
    assert room.by_day[now.date()] == 0


def test_who_joins_or_is_resent_to_takes_a_place_of_the_day(
    session: Session, ai: int, ready: Ready, now: datetime
) -> None:
    best_first = _add(session, 6, ai, now)
    start_warm_up(session, CLI, now, first=5)
    issue = ready()
    with pytest.raises(Conflict, match="ceiling"):
        resend(session, CLI, issue.id, best_first[-1], now)
    resend(session, CLI, issue.id, best_first[-1], now + DAY)
    session.flush()
    new = make_subscriber(
        session, state=SubscriberState.PENDING, follows=ai, hour=9, time_zone="UTC"
    )
    confirm(session, new.id, now, Origin(ConsentSource.PAGE))
    session.commit()
    assert issue.n_due == 6, "the day has no place for who joins"
    assert _by_day(session) == {now.date(): 5, (now + DAY).date(): 1}


def test_stop_lets_go_whoever_waits(
    session: Session,
    ai: int,
    ready: Ready,
    make_sender: MakeSender,
    transport: KeepingTransport,
    now: datetime,
) -> None:
    _add(session, 9, ai, now)
    start_warm_up(session, CLI, now, first=4)
    ready()
    stop_warm_up(session, CLI, now + DAY)
    session.commit()
    while send_batch(make_sender(transport, at=now + DAY)):
        pass
    assert len(transport.addresses) == 4
    assert warm_up(session, now) is None
    with pytest.raises(Conflict):
        stop_warm_up(session, CLI, now)


def test_day_on_which_a_brake_stopped_an_issue_has_its_step_once_more(
    session: Session, ai: int, now: datetime
) -> None:
    _add(session, 40, ai, now)
    start_warm_up(session, CLI, now, first=10, days=5)
    for at in (now, now + HOUR):
        repeat_step(session, at)
    session.commit()
    steps = [found.step for n in range(4) if (found := warm_up(session, now + n * DAY))]
    assert steps == [1, 1, 2, 3]
    verbs = session.scalars(select(AuditEntry.verb).order_by(AuditEntry.id)).all()
    assert verbs == ["start_warm_up", "repeat_warm_up"]


def test_nothing_limits_an_issue_once_it_is_over(
    session: Session, issue: Issue, ai: int, now: datetime
) -> None:
    _add(session, 6, ai, now)
    start_warm_up(session, CLI, now, first=2, days=3)
    at = now + 3 * DAY
    launch(session, lock_issue(session, issue.id), at)
    assert (issue.n_due, issue.n_beyond_warm_up) == (6, None)
    assert set(session.scalars(select(Batch.warm_up_day))) == {None}
    start_warm_up(session, CLI, at, first=2)


def test_start_is_refused_where_it_makes_no_sense(session: Session, ai: int, now: datetime) -> None:
    _add(session, 6, ai, now)
    with pytest.raises(Conflict, match="6 readers may be written to"):
        start_warm_up(session, CLI, now, first=6)
    with pytest.raises(Conflict, match="the account may send to 4 in a day"):
        start_warm_up(session, CLI, now, first=4, n_daily=4)
    for wrong in ({"first": 0}, {"days": 1}, {"growth_percent": 0}, {"first": 4, "n_daily": 3}):
        with pytest.raises(InvalidInput):
            start_warm_up(session, CLI, now, **wrong)
    going_on = start_warm_up(session, CLI, now, first=2, n_daily=5)
    assert going_on.ramp.last == 5
    with pytest.raises(Conflict):
        start_warm_up(session, CLI, now, first=2)
    assert session.get_one(Account, 1).warm_up_by == CLI.name


def test_launch_is_never_for_more_than_was_approved_nor_drifts_for_fewer(
    session: Session, issue: Issue, ai: int, now: datetime
) -> None:
    best_first = _add(session, 300, ai, now)
    start_warm_up(session, CLI, now, first=200)
    issue.n_planned, issue.n_beyond_warm_up = 150, 150
    session.commit()
    assert launch(session, lock_issue(session, issue.id), now, drift_percent=10)
    assert sorted(_frozen(session, issue)) == sorted(best_first[:150])


def test_issue_that_was_approved_in_a_warm_up_stops_at_its_launch_after_the_end(
    session: Session, issue: Issue, ai: int, now: datetime
) -> None:
    _add(session, 300, ai, now)
    start_warm_up(session, CLI, now, first=20)
    issue.n_planned, issue.n_beyond_warm_up = 20, 280
    stop_warm_up(session, CLI, now)
    session.commit()
    assert not launch(session, lock_issue(session, issue.id), now, drift_percent=10)
    assert issue.state is IssueState.PAUSED


def test_issue_that_was_approved_before_the_warm_up_stops_for_somebody_to_look(
    session: Session, issue: Issue, ai: int, now: datetime
) -> None:
    _add(session, 300, ai, now)
    issue.n_planned = 300
    start_warm_up(session, CLI, now, first=20)
    session.commit()
    assert not launch(session, lock_issue(session, issue.id), now, drift_percent=10)
    assert issue.state is IssueState.PAUSED
    assert _frozen(session, issue) == []
