"""PostgreSQL goes away while an answer is in hand: it is written as soon as it can be, once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.db.session import Sessions, transaction
from app.delivery.answers import write_waiting
from app.delivery.claim import close_unsent, drop_lease, lease_batch
from app.delivery.letter_doubts import resend_doubtful
from app.delivery.letters import queue_letter
from app.delivery.post import send_letter
from app.delivery.reconcile import doubt_lost_calls, settle_doubts
from app.delivery.record import delay_before
from app.delivery.send import send_batch
from app.delivery.sender import Sender
from app.delivery.spool import Spool
from app.delivery.timing import USUAL
from app.enums import CallState, InDoubtPolicy, LetterKind, SubscriberState
from app.models import Batch, Call, Category, Delivery, Issue, Letter
from app.rendering.templates import our_templates
from app.transports.base import InDoubt, Outcome, Recipient, Refused
from tests.claims import open_call
from tests.delivery.outages import Outage, database_url, outage, server
from tests.factories import make_subscriber
from tests.fakes import KeepingTransport, accept

__all__ = ["database_url", "outage", "server"]  # fixtures of this module

MakeSender = Callable[..., Sender]
SECOND = timedelta(seconds=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    spool = tmp_path / "state" / "outcomes"
    Spool(spool).check()
    return spool


@pytest.fixture
def going(
    session: Session,
    categories: dict[str, Category],
    add_readers: Callable[..., None],
    ready: Callable[[], Issue],
) -> Issue:
    """Make an issue of 120 readers, under way."""
    add_readers(120, categories["ai"].mask)
    return ready()


def _until_over(sender: Sender) -> None:
    """Send as a worker's tasks do: one that fails is followed by the next."""
    for _ in range(20):
        try:
            if not send_batch(sender):
                return
        except SQLAlchemyError:
            continue
    raise AssertionError("it goes on for ever")


def _states(session: Session) -> list[str]:
    session.rollback()
    session.expire_all()
    return [row.state.value for row in session.scalars(select(Delivery))]


def _left_open(session: Session) -> int:
    session.rollback()
    return len(session.scalars(select(Call).where(Call.state != CallState.CLOSED)).all())


@pytest.mark.parametrize("has_folder", [True, False])
def test_answer_in_hand_is_written_when_postgresql_is_back(
    session: Session,
    going: Issue,
    outage: Outage,
    make_sender: MakeSender,
    folder: Path,
    now: datetime,
    has_folder: bool,  # noqa: FBT001  # a case
) -> None:
    transport = KeepingTransport(before_answer=outage.befall)
    spool = Spool(folder if has_folder else None)
    sender = replace(make_sender(transport), spool=spool, sleep=outage.sleep)
    with pytest.raises(SQLAlchemyError):
        send_batch(sender)
    assert len(outage.slept) == 2, "asked once a second, and no more"
    assert all(seconds >= 1 for seconds in outage.slept)
    assert len(transport.calls) == 1, "nothing more is sent meanwhile"
    assert _states(session) == ["accepted"] * 50
    assert _left_open(session) == 0
    session.commit()
    later = replace(make_sender(transport, at=now + USUAL.lease + SECOND), spool=spool)
    _until_over(later)
    assert len(transport.addresses) == len(set(transport.addresses)) == 120
    assert _states(session) == ["accepted"] * 120
    assert list(folder.iterdir()) == []


def test_batch_goes_back_when_postgresql_went_before_its_first_call(
    session: Session, going: Issue, outage: Outage, make_sender: MakeSender
) -> None:
    transport = KeepingTransport()

    def is_stopping() -> bool:
        outage.befall()
        return False

    sender = replace(make_sender(transport), sleep=outage.sleep, is_stopping=is_stopping)
    with pytest.raises(SQLAlchemyError):
        send_batch(sender)
    assert transport.calls == []
    assert len(outage.slept) <= 2
    outage.end()
    assert _left_open(session) == 0
    _until_over(make_sender(transport))
    assert len(transport.addresses) == len(set(transport.addresses)) == 120


def test_answer_outlives_a_worker_that_is_told_to_stop(
    session: Session,
    going: Issue,
    outage: Outage,
    make_sender: MakeSender,
    folder: Path,
    now: datetime,
) -> None:
    transport = KeepingTransport(before_answer=outage.befall)
    outage.n_sleeps = 1000
    sender = replace(
        make_sender(transport),
        spool=Spool(folder),
        sleep=outage.sleep,
        is_ending=lambda: len(outage.slept) == 3,
    )
    with pytest.raises(SQLAlchemyError):
        send_batch(sender)
    assert len(outage.slept) == 3
    (kept,) = folder.iterdir()
    next_one = replace(make_sender(transport, worker="next"), spool=Spool(folder))
    assert not write_waiting(next_one)
    assert send_batch(next_one) is False, "nothing is leased while an answer waits"
    outage.end()
    assert write_waiting(next_one)
    assert not kept.exists()
    assert _states(session) == ["accepted"] * 50
    assert len(transport.calls) == 1


@pytest.mark.parametrize("is_queued_again", [False, True])
def test_answer_that_comes_late_still_settles_and_nobody_is_written_to_twice(
    session: Session,
    sessions: Sessions,
    going: Issue,
    outage: Outage,
    make_sender: MakeSender,
    folder: Path,
    now: datetime,
    is_queued_again: bool,  # noqa: FBT001  # a case
) -> None:
    session.execute(update(Issue).values(in_doubt_policy=InDoubtPolicy.RESEND))
    session.commit()
    transport = KeepingTransport(before_answer=outage.befall)
    ending = replace(make_sender(transport), spool=Spool(folder), is_ending=lambda: True)
    with pytest.raises(SQLAlchemyError):
        send_batch(ending)
    outage.end()
    late = now + timedelta(hours=2)
    with transaction(sessions) as other:
        assert doubt_lost_calls(other, late) == 1
    assert settle_doubts(sessions, lambda *_: True, late) == 0, "it is in doubt only since now"
    if is_queued_again:
        late += USUAL.lost_after + SECOND
        assert settle_doubts(sessions, lambda *_: False, late) == 50
    _until_over(replace(make_sender(transport, "next", late), spool=Spool(folder)))
    assert len(transport.addresses) == len(set(transport.addresses)) == 120
    assert _states(session) == ["accepted"] * 120


def test_refusals_and_doubts_in_hand_are_kept_as_well(
    session: Session,
    going: Issue,
    outage: Outage,
    make_sender: MakeSender,
    folder: Path,
    now: datetime,
) -> None:
    said: list[Outcome] = [
        Refused("later", "ACCOUNT_THROTTLED"),
        Refused("never", "MESSAGE_REJECTED"),
        InDoubt("ReadTimeout"),
    ]

    def answer(recipient: Recipient) -> Outcome:
        return said.pop() if said else accept(recipient)

    transport = KeepingTransport(answer, before_answer=outage.befall)
    ending = replace(make_sender(transport), spool=Spool(folder), is_ending=lambda: True)
    send_batch(ending)
    outage.end()
    assert write_waiting(replace(make_sender(transport, "next"), spool=Spool(folder)))
    states = _states(session)
    assert (len(states), states.count("failed"), states.count("in_doubt")) == (49, 1, 1)
    again = session.scalars(select(Batch).where(Batch.tries > 0)).one()
    assert len(again.subscriber_ids) == 1


@pytest.mark.parametrize("is_told_to_stop", [False, True])
def test_letter_is_settled_by_its_answer_and_not_sent_again(
    session: Session,
    sessions: Sessions,
    outage: Outage,
    make_sender: MakeSender,
    folder: Path,
    now: datetime,
    is_told_to_stop: bool,  # noqa: FBT001  # a case
) -> None:
    reader = make_subscriber(session, state=SubscriberState.PENDING, confirmed_at=None)
    letter = queue_letter(session, LetterKind.CONFIRMATION, subscriber_id=reader.id, now=now)
    session.commit()
    transport = KeepingTransport(before_answer=outage.befall)
    sender = replace(
        make_sender(transport),
        spool=Spool(folder),
        sleep=outage.sleep,
        is_ending=lambda: is_told_to_stop,
    )
    assert send_letter(sender, our_templates(), letter.id)
    late = now + timedelta(hours=2)
    next_one = replace(make_sender(transport, "next", late), spool=Spool(folder))
    if is_told_to_stop:
        assert len(list(folder.iterdir())) == 1
        outage.end()
        with transaction(sessions) as other:
            resend_doubtful(other, late)
        assert write_waiting(next_one)
    with transaction(sessions) as other:
        resend_doubtful(other, late + timedelta(hours=1))
    assert not send_letter(next_one, our_templates(), letter.id)
    assert len(transport.calls) == 1
    session.expire_all()
    row = session.get_one(Letter, letter.id)
    assert (row.state.value, row.provider_id) == ("accepted", f"provider-letter-{letter.public_id}")


def test_call_that_was_opened_without_the_worker_hearing_of_it_leaves_no_doubt(
    session: Session, going: Issue, make_sender: MakeSender, now: datetime
) -> None:
    """PostgreSQL commits an intent and goes before it can say so: nobody was handed over."""
    lease = lease_batch(session, "one", now)
    assert lease is not None
    call = open_call(session, lease, 50, now)
    assert call is not None
    close_unsent(session, lease, now - SECOND, now)
    assert session.get_one(Call, call.call_id).state is CallState.OPEN
    close_unsent(session, lease, now, now)
    drop_lease(session, lease)
    session.commit()
    assert _left_open(session) == 0
    transport = KeepingTransport()
    _until_over(make_sender(transport))
    _until_over(make_sender(transport, at=now + delay_before(1)))
    assert len(transport.addresses) == len(set(transport.addresses)) == 120
    assert _states(session) == ["accepted"] * 120
