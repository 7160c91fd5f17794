from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.delivery.claim import lease_batch
from app.delivery.finish import finish_issues
from app.delivery.record import MAX_TRIES, close_call, delay_before
from app.delivery.send import Sender, send_batch
from app.delivery.timing import USUAL
from app.enums import DeliveryState, IssueState
from app.models import Batch, Delivery, Issue, Subscriber
from app.transports.base import Accepted, InDoubt, Outcome, Recipient, Refused
from tests.claims import open_call
from tests.fakes import KeepingTransport

MakeSender = Callable[..., Sender]
Ready = Callable[[], Issue]
AddReaders = Callable[..., None]


def _states(session: Session) -> dict[int, str]:
    session.expire_all()
    return {d.subscriber_id: d.state.value for d in session.scalars(select(Delivery))}


def _everybody(session: Session) -> list[str]:
    return sorted(address or "" for address in session.scalars(select(Subscriber.address)))


def test_lost_lease_leaves_its_open_call_in_doubt_and_goes_on_behind_it(
    session: Session,
    ai: int,
    add_readers: AddReaders,
    ready: Ready,
    make_sender: MakeSender,
    transport: KeepingTransport,
    now: datetime,
) -> None:
    add_readers(70, ai)
    ready()
    lease = lease_batch(session, "killed", now)
    assert lease is not None
    lost = open_call(session, lease, 50, now)
    assert lost is not None
    session.commit()
    assert send_batch(make_sender(transport, at=now + USUAL.lease)) is False
    send_batch(make_sender(transport, worker="next", at=now + USUAL.lease + timedelta(seconds=1)))
    lost_ids = {reader.subscriber_id for reader in lost.readers}
    states = _states(session)
    assert {who for who, state in states.items() if state == "in_doubt"} == lost_ids
    assert len(transport.addresses) == 20
    assert sorted(states) == sorted(session.scalars(select(Subscriber.id)))


def test_slow_worker_settles_its_call_when_it_was_given_up(
    session: Session,
    ai: int,
    add_readers: AddReaders,
    ready: Ready,
    make_sender: MakeSender,
    transport: KeepingTransport,
    now: datetime,
) -> None:
    add_readers(2, ai)
    ready()
    lease = lease_batch(session, "slow", now)
    assert lease is not None
    call = open_call(session, lease, 50, now)
    assert call is not None
    session.commit()
    late = now + USUAL.lease * 2
    send_batch(make_sender(transport, worker="next", at=late))
    assert set(_states(session).values()) == {"in_doubt"}
    outcomes: list[Outcome] = [Accepted("a"), Refused("never", "MessageRejected")]
    assert close_call(session, call.call_id, outcomes, late)
    session.commit()
    assert sorted(_states(session).values()) == ["accepted", "failed"]
    assert not close_call(session, call.call_id, outcomes, late)
    assert open_call(session, lease, 50, late) is None


def test_refused_later_is_tried_again_after_a_delay_and_the_others_are_not(
    session: Session,
    ai: int,
    add_readers: AddReaders,
    ready: Ready,
    make_sender: MakeSender,
    now: datetime,
) -> None:
    add_readers(4, ai)
    ready()
    throttled = session.scalars(select(Subscriber.address)).first()

    def throttle_one(recipient: Recipient) -> Outcome:
        if recipient.address == throttled:
            return Refused("later", "ACCOUNT_THROTTLED")
        return Accepted("x")

    send_batch(make_sender(KeepingTransport(throttle_one)))
    assert len(_states(session)) == 3
    again = KeepingTransport()
    assert send_batch(make_sender(again, at=now + delay_before(1) - timedelta(seconds=1))) is False
    assert send_batch(make_sender(again, at=now + delay_before(1))) is True
    assert again.addresses == [throttled]
    assert set(_states(session).values()) == {"accepted"}


def test_refused_later_fails_when_it_was_tried_often_enough(
    session: Session,
    ai: int,
    add_readers: AddReaders,
    ready: Ready,
    make_sender: MakeSender,
) -> None:
    add_readers(1, ai)
    ready()
    session.execute(update(Batch).values(tries=MAX_TRIES - 1))
    session.commit()
    refuse = KeepingTransport(lambda _: Refused("later", "TRANSIENT_FAILURE"))
    send_batch(make_sender(refuse))
    row = session.scalars(select(Delivery)).one()
    assert (row.state, row.reason) == (DeliveryState.FAILED, "TRANSIENT_FAILURE")


def test_refused_stop_pauses_the_issue_and_keeps_everybody_queued(
    session: Session,
    ai: int,
    add_readers: AddReaders,
    ready: Ready,
    make_sender: MakeSender,
    now: datetime,
) -> None:
    add_readers(60, ai)
    issue = ready()
    stopped = KeepingTransport(lambda _: Refused("stop", "SendingPausedException", "paused"))
    send_batch(make_sender(stopped))
    session.refresh(issue)
    assert issue.state is IssueState.PAUSED
    assert issue.paused_because == "SendingPausedException: paused"
    assert _states(session) == {}
    issue.state = IssueState.SENDING
    session.commit()
    works = KeepingTransport()
    while send_batch(make_sender(works, at=now + timedelta(hours=1))):
        pass
    assert sorted(works.addresses) == _everybody(session)


def test_in_doubt_outcome_is_written_down_and_never_sent_again(
    session: Session,
    ai: int,
    add_readers: AddReaders,
    ready: Ready,
    make_sender: MakeSender,
    now: datetime,
) -> None:
    add_readers(2, ai)
    ready()
    send_batch(make_sender(KeepingTransport(lambda _: InDoubt("ReadTimeout"))))
    later = KeepingTransport()
    assert send_batch(make_sender(later, at=now + timedelta(days=1))) is False
    assert later.calls == []
    assert set(_states(session).values()) == {"in_doubt"}


def test_issue_is_not_finished_while_a_call_is_open(
    session: Session, ai: int, add_readers: AddReaders, ready: Ready, now: datetime
) -> None:
    add_readers(1, ai)
    ready()
    lease = lease_batch(session, "one", now)
    assert lease is not None
    call = open_call(session, lease, 50, now)
    assert call is not None
    assert open_call(session, lease, 50, now) is None
    assert finish_issues(session, now) == []
    close_call(session, call.call_id, [Accepted("x")], now)
    session.flush()
    assert len(finish_issues(session, now)) == 1
