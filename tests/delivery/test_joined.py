"""Who joins before the day's issue has gone to their hour gets it, once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Thread

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.session import Sessions, transaction
from app.delivery.finish import finish_issues
from app.delivery.launch import launch
from app.delivery.send import Sender, send_batch
from app.enums import ConsentSource, Depth, IssueState, SubscriberState
from app.issues.lifecycle import lock_issue
from app.models import Batch, Category, Edition, Issue, Subscriber
from app.readers.consent import Origin
from app.readers.leave import leave
from app.readers.signup import confirm
from localdev.processes import wait_until
from tests.factories import make_subscriber
from tests.fakes import KeepingTransport
from tests.waiting import n_waiting_for

MakeSender = Callable[..., Sender]
Ready = Callable[[], Issue]

PAGE = Origin(ConsentSource.PAGE)
ADDRESS = "new@example.com"
DAY = timedelta(days=1)


@pytest.fixture
def join(session: Session, ai: int, now: datetime) -> Callable[..., Subscriber]:
    """Let somebody sign up, at the same depth as a reader who is there, and confirm at `at`."""
    make_subscriber(session, "old@example.com", follows=ai, depth=Depth.BRIEF)

    def sign_up_and_confirm(at: datetime = now, **own: object) -> Subscriber:
        chosen = {"follows": ai, "depth": Depth.BRIEF, "time_zone": "UTC"} | own
        new = make_subscriber(session, ADDRESS, state=SubscriberState.PENDING, **chosen)
        confirm(session, new.id, at, PAGE)
        session.commit()
        return new

    session.commit()
    return sign_up_and_confirm


def _send_all(sender: Sender) -> None:
    while send_batch(sender):
        pass


@pytest.mark.parametrize("hours_ahead", [None, 0, 2])
def test_who_confirms_before_the_launch_gets_it_once(
    session: Session,
    join: Callable[..., Subscriber],
    ready: Ready,
    make_sender: MakeSender,
    transport: KeepingTransport,
    now: datetime,
    hours_ahead: int | None,
) -> None:
    hour = None if hours_ahead is None else (now.hour + hours_ahead) % 24
    new = join(now - timedelta(seconds=1), hour=hour)
    issue = ready()
    confirm(session, new.id, now, PAGE)
    session.commit()
    _send_all(make_sender(transport, at=now + DAY))
    assert sorted(transport.addresses) == [ADDRESS, "old@example.com"]
    assert finish_issues(session, now + DAY) == [issue.id]


def test_who_confirms_after_the_launch_gets_it_once_when_their_hour_comes(
    session: Session,
    join: Callable[..., Subscriber],
    ready: Ready,
    make_sender: MakeSender,
    transport: KeepingTransport,
    now: datetime,
) -> None:
    issue = ready()
    _send_all(make_sender(transport))
    new = join(hour=(now.hour + 2) % 24)
    confirm(session, new.id, now, PAGE)
    session.commit()
    _send_all(make_sender(transport, at=now + timedelta(minutes=30)))
    assert transport.addresses == ["old@example.com"]
    assert finish_issues(session, now + timedelta(minutes=30)) == []
    for hours in (2, 3):
        _send_all(make_sender(transport, at=now + timedelta(hours=hours)))
    assert transport.addresses == ["old@example.com", ADDRESS]
    assert finish_issues(session, now + timedelta(hours=3)) == [issue.id]
    session.refresh(issue)
    assert issue.n_due == sum(session.scalars(select(Edition.n_readers))) == 2


@pytest.mark.parametrize("hours_ahead", [None, 0, -1])
def test_who_confirms_when_their_turn_is_over_waits_for_the_next_issue(
    session: Session,
    issue: Issue,
    join: Callable[..., Subscriber],
    ready: Ready,
    now: datetime,
    hours_ahead: int | None,
) -> None:
    issue.send_at = now - timedelta(hours=1)
    ready()
    join(hour=None if hours_ahead is None else (now.hour + hours_ahead) % 24)
    assert len(session.scalars(select(Batch)).all()) == 1


@pytest.mark.parametrize("what", ["nothing of it", "at once", "sent", "cancelled"])
def test_nobody_is_taken_into_an_issue_that_is_not_for_them(
    session: Session,
    issue: Issue,
    categories: dict[str, Category],
    join: Callable[..., Subscriber],
    ready: Ready,
    now: datetime,
    what: str,
) -> None:
    issue.at_local_hours = what != "at once"
    ready()
    if what in {"sent", "cancelled"}:
        issue.state = IssueState(what)
    own = {"follows": categories["security"].mask} if what == "nothing of it" else {}
    join(hour=(now.hour + 2) % 24, **own)
    assert len(session.scalars(select(Batch)).all()) == 1


def test_who_left_and_comes_back_by_a_new_sign_up_is_not_taken_in_twice(
    session: Session,
    join: Callable[..., Subscriber],
    ready: Ready,
    make_sender: MakeSender,
    transport: KeepingTransport,
    now: datetime,
) -> None:
    new = join(now - timedelta(hours=1), hour=(now.hour + 2) % 24)
    ready()
    leave(session, new.id, now, PAGE)
    new.state = SubscriberState.PENDING
    confirm(session, new.id, now + timedelta(minutes=1), PAGE)
    session.commit()
    _send_all(make_sender(transport, at=now + DAY))
    assert sorted(transport.addresses) == [ADDRESS, "old@example.com"]


def test_nobody_falls_between_a_launch_and_a_confirmation_at_the_same_time(
    session: Session, sessions: Sessions, issue: Issue, ai: int, now: datetime
) -> None:
    issue.send_at = now
    hour = (now.hour + 2) % 24
    pending = SubscriberState.PENDING
    new = make_subscriber(session, ADDRESS, state=pending, follows=ai, hour=hour, time_zone="UTC")
    old_id, new_id = make_subscriber(session, follows=ai).id, new.id
    session.commit()

    def confirm_meanwhile() -> None:
        with transaction(sessions) as other:
            confirm(other, new_id, now, PAGE)

    launch(session, lock_issue(session, issue.id), now)
    confirming = Thread(target=confirm_meanwhile)
    confirming.start()
    wait_until(lambda: n_waiting_for(session) > 0 or not confirming.is_alive(), 20)
    session.commit()
    confirming.join(timeout=60)
    batches = session.scalars(select(Batch).order_by(Batch.id))
    assert [batch.subscriber_ids for batch in batches] == [[old_id], [new_id]]
