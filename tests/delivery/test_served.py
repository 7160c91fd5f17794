"""A mailbox gets an issue once, whoever of our readers it belongs to while the issue goes out."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Thread

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.addresses import parse_address
from app.db.session import Sessions, transaction
from app.delivery.claim import OpenCall, lease_batch
from app.delivery.doubt import Decision, decide
from app.delivery.record import close_call
from app.delivery.send import Sender, send_batch
from app.delivery.served import forget_served
from app.enums import BatchState, ConsentSource, DeliveryState, Depth, IssueState
from app.models import Batch, Category, Delivery, Issue, Letter, Served, Subscriber
from app.readers.consent import Origin
from app.readers.erasure import erase
from app.readers.new_address import ask_new_address, take_new_address
from app.transports.base import Accepted, Outcome, Recipient, Refused
from localdev.processes import wait_until
from tests.claims import open_call
from tests.factories import PEPPER, make_subscriber
from tests.fakes import KeepingTransport, accept
from tests.waiting import n_waiting_for

PAGE = Origin(ConsentSource.PAGE)
FIRST, SECOND, OTHER = (f"{name}@example.com" for name in ("first", "second", "other"))


@dataclass
class Send:
    """An issue that may be sent to two readers, each in a batch of their own, `first` before."""

    session: Session
    sessions: Sessions
    make_sender: Callable[..., Sender]
    transport: KeepingTransport
    now: datetime
    issue_id: int
    first: int
    second: int

    def one(self) -> None:
        assert send_batch(self.make_sender(self.transport, at=self.now))

    def all(self) -> None:
        while send_batch(self.make_sender(self.transport, at=self.now)):
            pass

    def move(self, who: int, address: str) -> None:
        with transaction(self.sessions) as session:
            self.move_in(session, who, address)

    def move_in(self, session: Session, who: int, address: str) -> None:
        """Ask and confirm, as the two links do."""
        reader = session.get_one(Subscriber, who)
        ask_new_address(session, reader, parse_address(address), PEPPER, self.now)
        asked = select(Letter.id).where(Letter.subscriber_id == who).order_by(Letter.id.desc())
        take_new_address(session, session.scalars(asked).first() or 0, PEPPER, self.now, PAGE)

    def became(self, who: int) -> tuple[DeliveryState, str | None]:
        self.session.expire_all()
        mine = select(Delivery).where(Delivery.subscriber_id == who)
        row = self.session.scalars(mine).one()
        return row.state, row.reason


@pytest.fixture
def send(
    session: Session,
    sessions: Sessions,
    categories: dict[str, Category],
    ready: Callable[[], Issue],
    make_sender: Callable[..., Sender],
    transport: KeepingTransport,
    now: datetime,
) -> Send:
    follows = categories["ai"].mask
    first, second = (
        make_subscriber(session, address, follows=follows, depth=depth).id
        for address, depth in ((FIRST, Depth.HEADLINES), (SECOND, Depth.DEEP))
    )
    session.commit()
    issue = ready()
    batches = session.scalars(select(Batch).order_by(Batch.id)).all()
    editions = {batch.subscriber_ids[0]: batch.edition_id for batch in batches}
    for batch, who in zip(batches, (first, second), strict=True):
        batch.subscriber_ids, batch.edition_id = [who], editions[who]
    session.commit()
    return Send(session, sessions, make_sender, transport, now, issue.id, first, second)


def test_mailbox_gets_it_once_when_a_reader_takes_it_over_after_it_was_sent(send: Send) -> None:
    send.one()
    send.move(send.second, FIRST)
    send.all()
    assert send.transport.addresses == [FIRST]
    assert send.became(send.first) == (DeliveryState.ACCEPTED, None)
    assert send.became(send.second) == (DeliveryState.SKIPPED, "has_it")


def test_mailbox_gets_it_once_when_its_reader_is_joined_before_their_turn(send: Send) -> None:
    send.one()
    send.move(send.first, SECOND)
    send.all()
    assert send.transport.addresses == [FIRST]
    assert send.became(send.second) == (DeliveryState.SKIPPED, "erased")


def test_mailbox_gets_it_once_when_it_was_left_and_another_takes_it(send: Send) -> None:
    send.one()
    send.move(send.first, OTHER)
    send.move(send.second, FIRST)
    send.all()
    assert send.transport.addresses == [FIRST]
    assert send.became(send.second) == (DeliveryState.SKIPPED, "has_it")


def test_mailbox_gets_it_once_when_its_reader_was_erased_and_another_takes_it(send: Send) -> None:
    send.one()
    with transaction(send.sessions) as session:
        erase(session, None, send.first, send.now, PAGE)
    send.move(send.second, FIRST)
    send.all()
    assert send.transport.addresses == [FIRST]


def test_mailbox_gets_it_once_when_it_is_taken_over_in_mid_call(send: Send) -> None:
    def move_once() -> None:
        if len(send.transport.calls) == 1:
            send.move(send.second, FIRST)

    send.transport.before_answer = move_once
    send.all()
    assert send.transport.addresses == [FIRST]
    assert send.became(send.first) == (DeliveryState.ACCEPTED, None)
    assert send.became(send.second) == (DeliveryState.SKIPPED, "has_it")
    assert set(send.session.scalars(select(Batch.state))) == {BatchState.DONE}


def test_reader_gets_it_at_their_new_mailbox_when_nobody_had_it_there(send: Send) -> None:
    """Those who moved away before their turn took nothing with them, nor back."""
    send.move(send.first, OTHER)
    send.move(send.second, FIRST)
    send.move(send.first, SECOND)
    send.all()
    assert sorted(send.transport.addresses) == [FIRST, SECOND]


def test_mailbox_still_gets_it_when_what_was_sent_before_failed(send: Send) -> None:
    def refuse_once(recipient: Recipient) -> Outcome:
        if len(send.transport.calls) > 1:
            return accept(recipient)
        send.move(send.second, FIRST)
        return Refused("never", "no")

    send.transport.answer = refuse_once
    send.all()
    assert send.transport.addresses == [FIRST, FIRST]
    assert send.became(send.first) == (DeliveryState.FAILED, "no")
    assert send.became(send.second) == (DeliveryState.ACCEPTED, None)


def test_mailbox_gets_it_once_when_a_doubt_is_sent_again_after_the_issue_is_over(
    send: Send,
) -> None:
    send.one()
    with transaction(send.sessions) as session:
        lost = lease_batch(session, "lost", send.now)
        assert lost is not None
        assert open_call(session, lost, 50, send.now) is not None
    send.now += timedelta(minutes=5)
    send.all()
    assert send.became(send.second) == (DeliveryState.IN_DOUBT, "worker_lost")
    with transaction(send.sessions) as session:
        session.get_one(Issue, send.issue_id).state = IssueState.SENT
    send.move(send.second, FIRST)
    with transaction(send.sessions) as session:
        assert decide(session, CLI, send.issue_id, Decision.RESEND, send.now) == 1
    send.all()
    assert send.transport.addresses == [FIRST]


def test_worker_that_looked_before_a_move_opens_no_call_after_it(send: Send) -> None:
    """The statement waits for the move, and must not use what it saw of the readers before."""
    with transaction(send.sessions) as session:
        lease = lease_batch(session, "looking", send.now)
    assert lease is not None
    opened: list[OpenCall | None] = []

    def open_it() -> None:
        with transaction(send.sessions) as session:
            opened.append(open_call(session, lease, 50, send.now))

    claim = Thread(target=open_it)
    with transaction(send.sessions) as moving:
        send.move_in(moving, send.second, FIRST)
        claim.start()
        wait_until(lambda: n_waiting_for(moving) > 0 or not claim.is_alive(), 20)
    claim.join(20)
    assert opened == [None]
    send.all()
    assert send.transport.addresses == [FIRST]
    assert send.became(send.first) == (DeliveryState.SKIPPED, "erased")
    assert send.became(send.second) == (DeliveryState.ACCEPTED, None)


def test_call_in_flight_is_closed_by_its_worker_when_its_lease_was_broken(send: Send) -> None:
    with transaction(send.sessions) as session:
        lease = lease_batch(session, "one", send.now)
        assert lease is not None
        call = open_call(session, lease, 50, send.now)
        assert call is not None
    send.move(send.first, OTHER)
    with transaction(send.sessions) as session:
        assert close_call(session, call.call_id, [Accepted("m")], send.now)
    assert send.became(send.first) == (DeliveryState.ACCEPTED, None)


@pytest.mark.parametrize("state", [IssueState.SENDING, IssueState.PAUSED, IssueState.SENT])
def test_mark_is_kept_exactly_while_the_issue_may_be_sent_to_anybody(
    send: Send, state: IssueState
) -> None:
    send.all()
    send.move(send.first, OTHER)
    with transaction(send.sessions) as session:
        session.get_one(Issue, send.issue_id).state = state
        session.flush()
        forget_served(session)
    kept = [(one.issue_id, one.subscriber_id) for one in send.session.scalars(select(Served))]
    assert kept == ([] if state is IssueState.SENT else [(send.issue_id, send.first)])
