from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.actors import CLI
from app.delivery.canary import CANARY_WAITS, judge_canaries
from app.delivery.send import Sender, send_batch
from app.enums import BatchState, DeliveryState, IssueState
from app.issues.lifecycle import resume
from app.models import Batch, Delivery, Issue, Subscriber
from tests.factories import make_subscriber
from tests.fakes import KeepingTransport

MakeSender = Callable[..., Sender]
Ready = Callable[[], Issue]
AddReaders = Callable[..., None]

MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)


def _settle(session: Session, **shares: int) -> None:
    """Let events have told of so many deliveries each state, in the order of readers."""
    rows = iter(
        session.scalars(
            select(Delivery)
            .where(Delivery.state == DeliveryState.ACCEPTED)
            .order_by(Delivery.subscriber_id)
        ).all()
    )
    for state, n in shares.items():
        for _ in range(n):
            row = next(rows)
            row.state = DeliveryState(state)
            row.reason = "Permanent/General" if state == "bounced" else None
    session.commit()


@pytest.fixture
def by_hours(
    session: Session, issue: Issue, ai: int, ready: Ready
) -> Callable[[dict[int, int]], None]:
    """Launch at midnight to so many readers of each hour, a tenth of each first."""

    def launch_by_hours(n_by_hour: dict[int, int]) -> None:
        issue.canary_percent = 10
        for hour, n in n_by_hour.items():
            for _ in range(n):
                make_subscriber(session, follows=ai, hour=hour, time_zone="UTC")
        session.commit()
        ready()

    return launch_by_hours


def _hours(session: Session, transport: KeepingTransport) -> list[int]:
    """Return the hour of everybody who was sent a mail."""
    rows = session.execute(select(Subscriber.address, Subscriber.hour))
    hours = {row.address: row.hour for row in rows}
    return [hours[address] or 0 for address in transport.addresses]


def _all(sender: Sender) -> None:
    while send_batch(sender):
        pass


def test_wave_has_a_canary_of_its_own_and_waits_for_that_alone(
    session: Session,
    issue: Issue,
    by_hours: Callable[[dict[int, int]], None],
    make_sender: MakeSender,
    transport: KeepingTransport,
) -> None:
    by_hours({8: 100, 9: 100})
    at_8, at_9 = MIDNIGHT + timedelta(hours=8), MIDNIGHT + timedelta(hours=9)
    assert session.scalar(select(Issue.canary_until)) == at_9 + CANARY_WAITS
    _all(make_sender(transport, at=at_8))
    n_first = len(transport.addresses)
    assert 1 <= n_first <= 30
    judge_canaries(session, at_8)
    session.commit()
    _all(make_sender(transport, at=at_8))
    assert len(transport.addresses) == n_first
    _settle(session, delivered=n_first)
    judge_canaries(session, at_8)
    session.commit()
    _all(make_sender(transport, at=at_8))
    assert _hours(session, transport) == [8] * 100
    judge_canaries(session, at_9)
    session.commit()
    _all(make_sender(transport, at=at_9))
    n_second = len(transport.addresses) - 100
    assert 1 <= n_second <= 30
    held = select(Batch.not_before).where(Batch.state == BatchState.HELD).distinct()
    assert session.scalars(held).all() == [at_9]
    _settle(session, delivered=n_second)  # of those of the first hour that nobody told of
    judge_canaries(session, at_9)
    assert session.scalars(held).all() == [at_9], "the canary of another hour was heard of"
    session.execute(update(Delivery).values(state=DeliveryState.DELIVERED))
    judge_canaries(session, at_9)
    session.commit()
    _all(make_sender(transport, at=at_9))
    assert sorted(_hours(session, transport)) == [8] * 100 + [9] * 100
    assert len(set(transport.addresses)) == 200


def test_canary_of_a_later_wave_stops_all_that_wait(
    session: Session,
    issue: Issue,
    by_hours: Callable[[dict[int, int]], None],
    make_sender: MakeSender,
    transport: KeepingTransport,
) -> None:
    by_hours({8: 30, 9: 30, 10: 30})
    at_8 = MIDNIGHT + timedelta(hours=8)
    _all(make_sender(transport, at=at_8))
    judge_canaries(session, at_8 + CANARY_WAITS - timedelta(seconds=1))
    session.refresh(issue)
    assert issue.state is IssueState.SENDING
    judge_canaries(session, at_8 + CANARY_WAITS)
    session.commit()
    session.refresh(issue)
    assert "canary: no event came back" in str(issue.paused_because)
    _all(make_sender(transport, at=MIDNIGHT + timedelta(hours=12)))
    assert set(_hours(session, transport)) == {8}
    resume(session, CLI, issue.id, MIDNIGHT + timedelta(hours=12))
    session.commit()
    _all(make_sender(transport, at=MIDNIGHT + timedelta(hours=12)))
    assert sorted(_hours(session, transport)) == [8] * 30 + [9] * 30 + [10] * 30


@pytest.mark.parametrize("n_by_hour", [{8: 1}, {8: 1, 9: 3}, {7: 2, 8: 60, 9: 1}])
def test_every_wave_sends_somebody_ahead_however_small_it_is(
    session: Session,
    by_hours: Callable[[dict[int, int]], None],
    n_by_hour: dict[int, int],
) -> None:
    by_hours(n_by_hour)
    first = select(Batch.not_before).where(Batch.state == BatchState.QUEUED).distinct()
    waves = {MIDNIGHT + timedelta(hours=hour) for hour in n_by_hour}
    assert set(session.scalars(first)) == waves
    n_readers = sum(session.scalars(select(Batch.n_readers)).all())
    assert n_readers == sum(n_by_hour.values())
