from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.actors import CLI
from app.delivery.brakes import apply_brakes
from app.delivery.launch import LAST_HOUR_WITHIN, launch
from app.delivery.send import Sender, send_batch
from app.enums import DeliveryState
from app.issues.lifecycle import lock_issue, resume
from app.models import Batch, Delivery, Issue, Publication
from tests.factories import make_subscriber
from tests.fakes import KeepingTransport

MakeSender = Callable[..., Sender]
Ready = Callable[[], Issue]
AddReaders = Callable[..., None]


def _settle(session: Session, **shares: int) -> None:
    """Let events have told of so many deliveries each state, in the order of readers."""
    rows = iter(session.scalars(select(Delivery).order_by(Delivery.subscriber_id)).all())
    for state, n in shares.items():
        for _ in range(n):
            row = next(rows)
            row.state = DeliveryState(state)
            row.reason = "Permanent/General" if state == "bounced" else None
    session.commit()


def test_wave_reaches_each_reader_at_their_own_hour(
    session: Session,
    issue: Issue,
    ai: int,
    ready: Ready,
    make_sender: MakeSender,
    transport: KeepingTransport,
) -> None:
    issue.send_at = datetime(2026, 11, 23, 6, 30, tzinfo=UTC)
    hours = {
        "usual@example.com": (None, None, 7),
        "zone@example.com": (None, "Asia/Tokyo", 7),
        "now@example.com": (6, "UTC", 7),
        "later@example.com": (9, None, 9),
        "york@example.com": (6, "America/New_York", 11),
        "tokyo@example.com": (8, "Asia/Tokyo", 23),
        "tomorrow@example.com": (5, "UTC", 29),
    }
    for address, (hour, zone, _) in hours.items():
        make_subscriber(session, address, follows=ai, hour=hour, time_zone=zone)
    session.commit()
    ready()
    midnight = datetime(2026, 11, 23, tzinfo=UTC)
    for hour in range(7, 30):
        while send_batch(make_sender(transport, at=midnight + timedelta(hours=hour))):
            pass
        due = {address for address, (_, _, at) in hours.items() if at <= hour}
        assert set(transport.addresses) == due
    assert len(transport.addresses) == len(hours)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Vienna", "America/New_York", "Asia/Kolkata"])
@pytest.mark.parametrize(
    "send_at",
    [
        datetime(2026, 3, 28, 23, 30, tzinfo=UTC),
        datetime(2026, 10, 24, 22, 59, tzinfo=UTC),
        datetime(2026, 11, 1, 4, tzinfo=UTC),
        datetime(2026, 11, 23, 7, tzinfo=UTC),
    ],
)
def test_wave_of_each_hour_comes_within_a_day_whatever_the_clocks_do(
    session: Session, issue: Issue, ai: int, ready: Ready, zone: str, send_at: datetime
) -> None:
    issue.send_at = send_at
    hours = {
        make_subscriber(session, f"at{hour}@example.com", follows=ai, hour=hour).id: hour
        for hour in range(24)
    }
    session.get_one(Publication, 1).time_zone = zone
    session.commit()
    # All waves are ahead: a launch that looks back from the issue's time.
    launch(session, lock_issue(session, issue.id), send_at - timedelta(days=2))
    for batch in session.scalars(select(Batch)):
        assert batch.not_before is not None
        assert send_at - timedelta(hours=1) < batch.not_before <= send_at + LAST_HOUR_WITHIN
        local = batch.not_before.astimezone(ZoneInfo(zone))
        for subscriber_id in batch.subscriber_ids:
            wanted = hours.pop(subscriber_id)
            is_skipped = local.hour == wanted + 1 and local.dst() != timedelta()
            assert (local.hour == wanted or is_skipped, local.minute) == (True, 0)
    assert hours == {}


def test_wave_is_past_and_due_at_once_when_the_issue_starts_late(
    session: Session, issue: Issue, ai: int, ready: Ready, now: datetime
) -> None:
    issue.send_at = now - timedelta(minutes=90)
    make_subscriber(session, follows=ai, hour=5, time_zone="UTC")
    session.commit()
    ready()
    assert session.scalars(select(Batch.not_before)).all() == [None]


def test_wave_is_not_made_when_the_issue_goes_to_all_at_once(
    session: Session, issue: Issue, ai: int, ready: Ready
) -> None:
    issue.at_local_hours = False
    make_subscriber(session, follows=ai, hour=23, time_zone="Pacific/Honolulu")
    session.commit()
    ready()
    assert session.scalars(select(Batch.not_before)).all() == [None]


@pytest.mark.parametrize(
    ("shares", "says"),
    [
        ({"bounced": 3}, "bounce rate 6.00% of 50"),
        ({"complained": 1}, "complaint rate 2.00% of 50"),
        ({"bounced": 2}, None),
        ({"delivered": 50}, None),
    ],
)
def test_brakes_pause_an_issue_that_comes_back_too_often(
    session: Session,
    issue: Issue,
    ai: int,
    add_readers: AddReaders,
    ready: Ready,
    make_sender: MakeSender,
    transport: KeepingTransport,
    shares: dict[str, int],
    says: str | None,
    now: datetime,
) -> None:
    session.execute(update(Publication).values(brake_after=50))
    add_readers(50, ai)
    ready()
    send_batch(make_sender(transport))
    _settle(session, **shares)
    assert apply_brakes(session, now) == ([issue.id] if says else [])
    session.refresh(issue)
    assert (says or "None") in str(issue.paused_because)


def test_brakes_wait_for_enough_mails_and_are_lifted_by_a_person(
    session: Session,
    issue: Issue,
    ai: int,
    add_readers: AddReaders,
    ready: Ready,
    make_sender: MakeSender,
    transport: KeepingTransport,
    now: datetime,
) -> None:
    session.execute(update(Publication).values(brake_after=51))
    add_readers(50, ai)
    ready()
    send_batch(make_sender(transport))
    _settle(session, bounced=50)
    assert apply_brakes(session, now) == []
    session.execute(update(Publication).values(brake_after=50))
    assert apply_brakes(session, now) == [issue.id]
    session.commit()
    resume(session, CLI, issue.id, make_sender(transport).clock())
    assert apply_brakes(session, now) == []
