"""What counts as sent again: a doubt that was settled so, and no refusal."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.session import Sessions
from app.delivery.reconcile import settle_doubts
from app.delivery.send import Sender, send_batch
from app.delivery.timing import USUAL
from app.enums import DeliveryState, InDoubtPolicy
from app.models import Category, Delivery, Issue
from app.transports.base import InDoubt, Refused
from tests.fakes import KeepingTransport

MakeSender = Callable[..., Sender]


@pytest.mark.parametrize("n_refusals", [1, 6])
def test_doubt_is_sent_once_more_by_policy_when_its_reader_was_refused_before(
    session: Session,
    sessions: Sessions,
    categories: dict[str, Category],
    add_readers: Callable[..., None],
    ready: Callable[[], Issue],
    make_sender: MakeSender,
    now: datetime,
    n_refusals: int,
) -> None:
    add_readers(3, categories["ai"].mask)
    ready().in_doubt_policy = InDoubtPolicy.RESEND
    session.commit()
    throttled = KeepingTransport(lambda _: Refused("later", "TooManyRequestsException"))
    lost = KeepingTransport(lambda _: InDoubt("ReadTimeout"))
    at = now
    for _ in range(n_refusals):
        assert send_batch(make_sender(throttled, at=at))
        at += timedelta(minutes=5)
    for n_queued in (3, 0, 0):
        while send_batch(make_sender(lost, at=at)):
            pass
        at += USUAL.doubt_lasts + timedelta(seconds=1)
        assert settle_doubts(sessions, lambda *_: False, at) == n_queued
    assert len(lost.addresses) == 2 * 3
    states = session.scalars(select(Delivery.state)).all()
    assert list(states) == [DeliveryState.IN_DOUBT] * 3
