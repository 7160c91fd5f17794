"""Clocks that jump: whatever a wrong clock wrote, nobody is lost and nobody is held for long."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.session import Sessions
from app.delivery.claim import lease_batch
from app.delivery.reconcile import doubt_lost_calls, settle_doubts
from app.delivery.record import close_call
from app.delivery.send import Sender, send_batch
from app.delivery.timing import USUAL
from app.enums import BatchState, CallState, DeliveryState
from app.models import Batch, Call, Category, Delivery, Issue
from app.transports.base import Accepted, Refused
from tests.claims import open_call
from tests.fakes import KeepingTransport

MakeSender = Callable[..., Sender]
YEAR = timedelta(days=365)


@pytest.fixture
def due(
    categories: dict[str, Category], add_readers: Callable[..., None], ready: Callable[[], Issue]
) -> Issue:
    """Make an issue of 60 readers whose batch may be leased."""
    add_readers(60, categories["ai"].mask)
    return ready()


@pytest.mark.parametrize("jump", [-YEAR, YEAR])
def test_batch_is_taken_over_when_its_worker_had_a_wrong_clock_and_is_gone(
    session: Session,
    due: Issue,
    make_sender: MakeSender,
    transport: KeepingTransport,
    now: datetime,
    jump: timedelta,
) -> None:
    lease = lease_batch(session, "wrong", now + jump)
    assert lease is not None
    call = open_call(session, lease, 50, now + jump)
    assert call is not None
    session.commit()
    assert send_batch(make_sender(transport))
    session.expire_all()
    states = session.scalars(select(Delivery.state)).all()
    assert sorted(states) == ["accepted"] * 10 + ["in_doubt"] * 50
    assert close_call(session, call.call_id, [Accepted(f"m{n}") for n in range(50)], now + jump)
    assert open_call(session, lease, 50, now + jump) is None
    session.commit()
    session.expire_all()
    assert set(session.scalars(select(Delivery.state))) == {DeliveryState.ACCEPTED}
    assert len(transport.addresses) == 10


def test_lease_of_a_clock_that_is_a_little_ahead_is_kept(
    session: Session, due: Issue, now: datetime
) -> None:
    assert lease_batch(session, "ahead", now + USUAL.clocks_apart) is not None
    session.commit()
    assert lease_batch(session, "right", now) is None


def test_call_is_in_doubt_when_it_was_opened_by_a_clock_far_ahead(
    session: Session, sessions: Sessions, due: Issue, now: datetime
) -> None:
    lease = lease_batch(session, "wrong", now + YEAR)
    assert lease is not None
    call = open_call(session, lease, 50, now + YEAR)
    assert call is not None
    session.commit()
    assert doubt_lost_calls(session, now) == 1
    assert session.get_one(Call, call.call_id).state is CallState.IN_DOUBT
    session.commit()
    late = now + USUAL.doubt_lasts + timedelta(seconds=1)
    assert settle_doubts(sessions, lambda *_: True, late) == 50


def test_readers_refused_for_now_are_tried_again_when_the_clock_was_far_ahead(
    session: Session,
    due: Issue,
    make_sender: MakeSender,
    transport: KeepingTransport,
    now: datetime,
) -> None:
    busy = KeepingTransport(lambda _: Refused("later", "busy"))
    assert send_batch(make_sender(busy, at=now + YEAR))
    waits = select(Batch.not_before).where(Batch.state == BatchState.QUEUED)
    assert min(at for at in session.scalars(waits) if at) > now + YEAR
    while send_batch(make_sender(transport)):
        pass
    assert len(set(transport.addresses)) == len(transport.addresses) == 60


def test_wave_is_never_early_however_far_ahead_it_is(
    session: Session, due: Issue, now: datetime
) -> None:
    for batch in session.scalars(select(Batch)):
        batch.not_before = now + YEAR
    session.commit()
    assert lease_batch(session, "right", now) is None
