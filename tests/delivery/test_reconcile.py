from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.db.session import Sessions, is_alone, transaction
from app.delivery.claim import lease_batch
from app.delivery.finish import DOUBT_HOLDS_UP, finish_issues
from app.delivery.reconcile import (
    MAX_RESENDS,
    Doubt,
    doubt_lost_calls,
    queue_again,
    settle_doubts,
)
from app.delivery.record import close_call
from app.delivery.send import Sender, send_batch
from app.delivery.timing import USUAL
from app.enums import BatchState, CallState, DeliveryState, InDoubtPolicy
from app.models import Batch, Call, Category, Delivery, Issue
from app.transports.base import Accepted, InDoubt, Refused
from tests.claims import open_call
from tests.fakes import KeepingTransport

MakeSender = Callable[..., Sender]
SECOND = timedelta(seconds=1)


def _whole(*_: object) -> bool:
    return True


def _torn(*_: object) -> bool:
    return False


@pytest.fixture
def lost(
    session: Session,
    categories: dict[str, Category],
    add_readers: Callable[..., None],
    ready: Callable[[], Issue],
    now: datetime,
) -> int:
    """Open a Call of three readers whose worker was killed during the call; return its id."""
    add_readers(3, categories["ai"].mask)
    ready()
    lease = lease_batch(session, "killed", now)
    assert lease is not None
    call = open_call(session, lease, 50, now)
    assert call is not None
    session.commit()
    return call.call_id


def _states(session: Session) -> list[str]:
    session.expire_all()
    rows = session.scalars(select(Delivery).order_by(Delivery.subscriber_id))
    return [row.state.value for row in rows]


def _doubt(row: Delivery) -> Doubt:
    return Doubt(row.issue_id, row.subscriber_id, row.edition_id, row.attempt, row.at)


def _settle(sessions: Sessions, is_whole: Callable[..., bool], now: datetime) -> int:
    """Do what the ticks until `now` do: a doubt is written down some time before it is acted on."""
    with transaction(sessions) as session:
        doubt_lost_calls(session, now - USUAL.lost_after - SECOND)
    return settle_doubts(sessions, is_whole, now)


def test_call_is_in_doubt_when_it_was_open_for_too_long(
    session: Session, lost: int, now: datetime
) -> None:
    assert doubt_lost_calls(session, now + USUAL.lost_after) == 0
    assert doubt_lost_calls(session, now + USUAL.lost_after + SECOND) == 1
    assert session.get_one(Call, lost).state is CallState.IN_DOUBT
    assert _states(session) == ["in_doubt"] * 3


def test_doubt_is_sent_again_when_a_whole_stream_of_events_says_nothing(
    session: Session,
    sessions: Sessions,
    lost: int,
    make_sender: MakeSender,
    transport: KeepingTransport,
    now: datetime,
) -> None:
    assert _settle(sessions, _whole, now + USUAL.doubt_lasts) == 0
    late = now + USUAL.doubt_lasts + SECOND
    assert _settle(sessions, _whole, late) == 3
    assert _settle(sessions, _whole, late) == 0
    while send_batch(make_sender(transport, at=late)):
        pass
    assert len(transport.addresses) == 3
    assert _states(session) == ["accepted"] * 3
    rows = session.scalars(select(Delivery.attempt)).all()
    assert set(rows) == {2}


def test_doubt_waits_when_the_stream_of_events_is_torn(
    session: Session, sessions: Sessions, lost: int, now: datetime
) -> None:
    assert _settle(sessions, _torn, now + timedelta(days=2)) == 0
    assert _states(session) == ["in_doubt"] * 3


def test_doubt_is_sent_once_more_when_that_is_the_policy(
    session: Session,
    sessions: Sessions,
    issue: Issue,
    lost: int,
    make_sender: MakeSender,
    now: datetime,
) -> None:
    session.execute(update(Issue).values(in_doubt_policy=InDoubtPolicy.RESEND))
    session.commit()
    late = now + USUAL.doubt_lasts + SECOND
    assert _settle(sessions, _torn, late) == 3
    lost_again = KeepingTransport(lambda _: InDoubt("ReadTimeout"))
    while send_batch(make_sender(lost_again, at=late)):
        pass
    assert len(lost_again.addresses) == 3
    assert _settle(sessions, _torn, late + timedelta(days=1)) == 0
    assert _states(session) == ["in_doubt"] * 3


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5000])
def test_doubt_is_settled_however_many_before_it_are_not(
    session: Session, sessions: Sessions, lost: int, issue: Issue, now: datetime, limit: int
) -> None:
    at = now + USUAL.lost_after + SECOND
    doubt_lost_calls(session, at)
    rows = session.scalars(select(Delivery).order_by(Delivery.subscriber_id)).all()
    queue_again(session, [_doubt(row) for row in rows[:2]], at)
    rows[0].state = rows[1].state = DeliveryState.IN_DOUBT  # the policy writes only once more
    issue.in_doubt_policy = InDoubtPolicy.RESEND
    session.commit()
    late = now + USUAL.doubt_lasts + SECOND
    assert settle_doubts(sessions, _torn, late, limit=limit) == 1
    assert _states(session) == ["in_doubt", "in_doubt", "queued"]
    session.commit()
    assert settle_doubts(sessions, _torn, late, limit=limit) == 0


def test_doubts_are_settled_a_few_in_each_transaction(
    session: Session, sessions: Sessions, lost: int, now: datetime
) -> None:
    doubt_lost_calls(session, now + USUAL.lost_after + SECOND)
    session.commit()
    seen: list[int] = []

    def is_whole(*_: object) -> bool:
        states = _states(session)
        session.commit()
        seen.append(states.count("queued"))
        return True

    assert settle_doubts(sessions, is_whole, now + USUAL.doubt_lasts + SECOND, limit=1) == 3
    assert seen == [0, 1, 2]


def test_doubts_are_left_to_another_who_settles_them_already(
    session: Session, sessions: Sessions, lost: int, now: datetime
) -> None:
    doubt_lost_calls(session, now + USUAL.lost_after + SECOND)
    session.commit()
    late = now + USUAL.doubt_lasts + SECOND
    with transaction(sessions) as other:
        assert is_alone(other, "settle_doubts")
        assert settle_doubts(sessions, _whole, late) == 0
    assert settle_doubts(sessions, _whole, late, is_stopping=lambda: True) == 0
    assert settle_doubts(sessions, _whole, late) == 3


def test_reader_queued_again_gets_nothing_when_an_event_proves_the_first_mail(
    session: Session,
    sessions: Sessions,
    lost: int,
    make_sender: MakeSender,
    transport: KeepingTransport,
    now: datetime,
) -> None:
    late = now + USUAL.doubt_lasts + SECOND
    _settle(sessions, _whole, late)
    proven = session.scalars(select(Delivery.subscriber_id)).first()
    session.execute(
        update(Delivery)
        .where(Delivery.subscriber_id == proven)
        .values(state=DeliveryState.DELIVERED)
    )
    session.commit()
    while send_batch(make_sender(transport, at=late)):
        pass
    assert len(transport.addresses) == 2
    assert sorted(_states(session)) == ["accepted", "accepted", "delivered"]


def test_worker_that_comes_back_settles_its_doubt_but_nothing_that_was_settled(
    session: Session,
    sessions: Sessions,
    lost: int,
    make_sender: MakeSender,
    transport: KeepingTransport,
    now: datetime,
) -> None:
    late = now + USUAL.doubt_lasts + SECOND
    _settle(sessions, _whole, late)
    while send_batch(make_sender(transport, at=late)):
        pass
    with transaction(sessions) as other:
        close_call(other, lost, [Accepted("late")] * 3, late)
    rows = session.scalars(select(Delivery.provider_id)).all()
    assert "late" not in rows


def test_worker_that_comes_back_unsent_queues_nobody_who_is_queued_again_already(
    session: Session,
    sessions: Sessions,
    lost: int,
    now: datetime,
) -> None:
    late = now + USUAL.doubt_lasts + SECOND
    assert _settle(sessions, _whole, late) == 3
    with transaction(sessions) as other:
        assert close_call(other, lost, [Refused("later", "stale_intent")] * 3, late)
    queued = session.scalars(select(Batch).where(Batch.state == BatchState.QUEUED)).all()
    assert [batch.n_readers for batch in queued] == [3]


def test_worker_that_comes_back_without_an_answer_adds_no_doubt(
    session: Session,
    sessions: Sessions,
    lost: int,
    now: datetime,
) -> None:
    late = now + USUAL.doubt_lasts + SECOND
    assert _settle(sessions, _whole, late) == 3
    with transaction(sessions) as other:
        assert close_call(other, lost, [InDoubt("ReadTimeout")] * 3, late)
    assert _states(session) == ["queued"] * 3
    assert _settle(sessions, _whole, late) == 0


def test_doubt_that_a_worker_ended_is_not_queued_a_second_time(
    session: Session,
    sessions: Sessions,
    lost: int,
    now: datetime,
) -> None:
    with transaction(sessions) as other:
        doubt_lost_calls(other, now + USUAL.lost_after + SECOND)
        assert close_call(other, lost, [Refused("later", "stale_intent")] * 3, now)
    assert _states(session) == ["queued"] * 3
    assert _settle(sessions, _whole, now + USUAL.doubt_lasts + SECOND) == 0
    queued = session.scalars(select(Batch).where(Batch.state == BatchState.QUEUED)).all()
    assert [(batch.n_readers, batch.tries) for batch in queued] == [(3, 1)]


def test_doubt_is_given_up_after_so_many_resends(
    session: Session, sessions: Sessions, lost: int, make_sender: MakeSender, now: datetime
) -> None:
    transport = KeepingTransport(lambda _: InDoubt("ReadTimeout"))
    at = now
    for n_queued in (*[3] * MAX_RESENDS, 0, 0):
        at += USUAL.doubt_lasts + SECOND
        assert _settle(sessions, _whole, at) == n_queued
        while send_batch(make_sender(transport, at=at)):
            pass
    assert len(transport.addresses) == 3 * MAX_RESENDS


def test_issue_is_finished_only_when_its_doubts_have_had_their_time(
    session: Session,
    sessions: Sessions,
    lost: int,
    make_sender: MakeSender,
    transport: KeepingTransport,
    now: datetime,
) -> None:
    at = now + USUAL.lost_after + SECOND
    _settle(sessions, _torn, at)
    while send_batch(make_sender(transport, at=at)):
        pass
    assert transport.calls == []
    assert finish_issues(session, at + DOUBT_HOLDS_UP - SECOND) == []
    assert len(finish_issues(session, at + DOUBT_HOLDS_UP)) == 1
