"""A domain that is warmed up, over its days: what waits, what ends it, what starts and stops it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.db.session import Sessions
from app.delivery.claim import lease_batch
from app.delivery.launch import launch
from app.delivery.letters import open_letter, queue_letter
from app.delivery.reconcile import doubt_lost_calls, settle_doubts
from app.delivery.resend import resend
from app.delivery.room import move_overdue, room_on
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
from app.models import Account, AuditEntry, Batch, Issue
from app.readers.consent import Origin
from app.readers.signup import confirm
from tests.claims import open_call
from tests.delivery.warming import add, by_day, frozen
from tests.factories import make_subscriber
from tests.fakes import KeepingTransport

Launch = Callable[[Issue], Issue]
MakeSender = Callable[..., Sender]
Ready = Callable[[], Issue]

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 11, 23, 7, tzinfo=UTC)


def test_letters_are_not_held_but_count(
    session: Session, issue: Issue, ai: int, launched: Launch, now: datetime
) -> None:
    best_first = add(session, 8, ai, now)
    start_warm_up(session, CLI, now, first=5)
    new = make_subscriber(session, state=SubscriberState.PENDING, follows=ai)
    letter = queue_letter(session, LetterKind.CONFIRMATION, now=now, subscriber_id=new.id)
    assert open_letter(session, letter.id, "one", now) is not None
    session.commit()
    launched(issue)
    assert sorted(frozen(session, issue)) == sorted(best_first[:4])


def test_what_was_not_sent_on_its_day_waits_for_one_with_room(
    session: Session,
    ai: int,
    ready: Ready,
    make_sender: MakeSender,
    transport: KeepingTransport,
    now: datetime,
) -> None:
    add(session, 9, ai, now)
    start_warm_up(session, CLI, now, first=4)
    issue = ready()
    tomorrow = now + DAY
    assert not send_batch(make_sender(transport, at=tomorrow))
    assert transport.addresses == []
    issue.state = IssueState.PAUSED
    session.commit()
    move_overdue(session, tomorrow)
    session.commit()
    assert by_day(session) == {now.date(): 4}, "a paused issue takes nobody's room"
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
    add(session, 40, ai, now)
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
    add(session, 70, ai, now)
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
    best_first = add(session, 6, ai, now)
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
    assert by_day(session) == {now.date(): 5, (now + DAY).date(): 1}


def test_stop_lets_go_whoever_waits(
    session: Session,
    ai: int,
    ready: Ready,
    make_sender: MakeSender,
    transport: KeepingTransport,
    now: datetime,
) -> None:
    add(session, 9, ai, now)
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
    add(session, 40, ai, now)
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
    add(session, 6, ai, now)
    start_warm_up(session, CLI, now, first=2, days=3)
    at = now + 3 * DAY
    launch(session, lock_issue(session, issue.id), at)
    assert (issue.n_due, issue.n_beyond_warm_up) == (6, None)
    assert set(session.scalars(select(Batch.warm_up_day))) == {None}
    start_warm_up(session, CLI, at, first=2)


def test_start_is_refused_where_it_makes_no_sense(session: Session, ai: int, now: datetime) -> None:
    add(session, 6, ai, now)
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
    best_first = add(session, 300, ai, now)
    start_warm_up(session, CLI, now, first=200)
    issue.n_planned, issue.n_beyond_warm_up = 150, 150
    session.commit()
    assert launch(session, lock_issue(session, issue.id), now, drift_percent=10)
    assert sorted(frozen(session, issue)) == sorted(best_first[:150])


def test_issue_that_was_approved_in_a_warm_up_stops_at_its_launch_after_the_end(
    session: Session, issue: Issue, ai: int, now: datetime
) -> None:
    add(session, 300, ai, now)
    start_warm_up(session, CLI, now, first=20)
    issue.n_planned, issue.n_beyond_warm_up = 20, 280
    stop_warm_up(session, CLI, now)
    session.commit()
    assert not launch(session, lock_issue(session, issue.id), now, drift_percent=10)
    assert issue.state is IssueState.PAUSED


def test_issue_that_was_approved_before_the_warm_up_stops_for_somebody_to_look(
    session: Session, issue: Issue, ai: int, now: datetime
) -> None:
    add(session, 300, ai, now)
    issue.n_planned = 300
    start_warm_up(session, CLI, now, first=20)
    session.commit()
    assert not launch(session, lock_issue(session, issue.id), now, drift_percent=10)
    assert issue.state is IssueState.PAUSED
    assert frozen(session, issue) == []
