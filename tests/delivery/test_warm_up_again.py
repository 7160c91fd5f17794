"""In a warm-up an issue that is sent again goes out in parts that a day has room for."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.actors import CLI
from app.delivery.doubt import Decision, decide
from app.delivery.room import move_overdue, room_on
from app.delivery.warm_up import start_warm_up
from app.enums import BatchOrigin, BatchState, DeliveryState
from app.models import Batch, Delivery, Issue
from tests.delivery.warming import add, frozen

Launch = Callable[[Issue], Issue]
DAY = timedelta(days=1)


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 11, 23, 7, tzinfo=UTC)


def test_lost_issue_that_is_sent_again_fills_what_each_day_has_room_for(
    session: Session, issue: Issue, ai: int, launched: Launch, now: datetime
) -> None:
    add(session, 40, ai, now)
    start_warm_up(session, CLI, now, first=20, growth_percent=100)
    launched(issue)
    in_doubt = {"edition_id": session.scalars(select(Batch.edition_id)).one(), "attempt": 1}
    session.add_all(
        Delivery(
            issue_id=issue.id, subscriber_id=i, state=DeliveryState.IN_DOUBT, at=now, **in_doubt
        )
        for i in frozen(session, issue)
    )
    session.execute(update(Batch).values(state=BatchState.DONE))
    session.commit()
    assert decide(session, CLI, issue.id, Decision.RESEND, now) == 20
    again = select(Batch).where(Batch.origin == BatchOrigin.DOUBT)
    assert [one.n_readers for one in session.scalars(again)] == [2] * 10
    tomorrow = now + DAY
    others = session.scalars(again).first()
    assert others is not None
    others.warm_up_day, others.n_readers = tomorrow.date(), 27
    session.commit()
    move_overdue(session, tomorrow)
    session.commit()
    session.expire_all()
    room = room_on(session, tomorrow, tomorrow)
    assert room is not None
    assert room.ceiling == 40
    assert room.by_day[tomorrow.date()] == 1
    waiting = session.scalars(again.where(Batch.warm_up_day == now.date())).all()
    assert len(waiting) == 3
