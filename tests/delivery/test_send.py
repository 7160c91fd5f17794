from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Literal

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.actors import CLI
from app.addresses import Address
from app.db.session import Sessions, transaction
from app.delivery.finish import finish_issues
from app.delivery.send import Sender, send_batch
from app.delivery.suppression import suppress
from app.enums import (
    BatchState,
    CallState,
    DeliveryState,
    IssueState,
    SubscriberState,
    SuppressionReason,
)
from app.models import Batch, Call, Category, Delivery, Issue, Subscriber
from app.tokens import Purpose
from app.transports.base import Accepted, Outcome, Recipient, Refused
from tests.delivery.conftest import BASE_URL
from tests.factories import PEPPER
from tests.fakes import KeepingTransport

MakeSender = Callable[..., Sender]
Ready = Callable[[], Issue]
AddReaders = Callable[..., None]


def _states(session: Session) -> dict[int, str]:
    session.expire_all()
    return {d.subscriber_id: d.state.value for d in session.scalars(select(Delivery))}


def _everybody(session: Session) -> list[str]:
    return sorted(address or "" for address in session.scalars(select(Subscriber.address)))


def test_send_batch_writes_to_everybody_once(
    session: Session,
    ai: int,
    add_readers: AddReaders,
    ready: Ready,
    make_sender: MakeSender,
    transport: KeepingTransport,
    now: datetime,
) -> None:
    add_readers(120, ai)
    issue = ready()
    while send_batch(make_sender(transport)):
        pass
    assert sorted(transport.addresses) == _everybody(session)
    assert [len(recipients) for _, recipients in transport.calls] == [50, 50, 20]
    assert set(_states(session).values()) == {"accepted"}
    assert finish_issues(session, now) == [issue.id]
    session.refresh(issue)
    assert (issue.state, issue.sent_at) == (IssueState.SENT, now)


def test_recipient_has_its_own_leave_link_in_body_and_header(
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
    sender = make_sender(transport)
    send_batch(sender)
    mail, recipients = transport.calls[0]
    assert mail.headers == {
        "List-Id": "Devoured <digest.digest.example.com>",
        "List-Help": f"<{BASE_URL}/leave>",
        "List-Archive": f"<{BASE_URL}/read>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Precedence": "bulk",
    }
    for recipient in recipients:
        url = recipient.fields["leave_url"]
        token = url.rsplit("/", 1)[1]
        owner = sender.signer.read(Purpose.LEAVE, token, now=now + timedelta(days=4000))
        reader = select(Subscriber).where(Subscriber.public_id == owner.subject)
        assert session.scalars(reader).one().address == recipient.address
        assert recipient.headers == {"List-Unsubscribe": f"<{url}>"}
        preferences = recipient.fields["preferences_url"].rsplit("/", 1)[1]
        assert sender.signer.read(Purpose.PREFERENCES, preferences, now=now) == owner


def test_call_is_committed_before_the_transport_is_handed_anybody(
    sessions: Sessions,
    ai: int,
    add_readers: AddReaders,
    ready: Ready,
    make_sender: MakeSender,
    transport: KeepingTransport,
) -> None:
    add_readers(3, ai)
    ready()
    seen: list[tuple[CallState, int]] = []

    def look() -> None:
        with transaction(sessions) as other:
            call = other.scalars(select(Call)).one()
            seen.append((call.state, len(call.subscriber_ids)))

    transport.before_answer = look
    send_batch(make_sender(transport))
    assert seen == [(CallState.OPEN, 3)]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"state": SubscriberState.LEFT}, "left"),
        ({"state": SubscriberState.ERASED, "address": None}, "erased"),
        ({"paused_until": datetime(2099, 1, 1, tzinfo=UTC)}, "paused"),
    ],
)
def test_reader_is_skipped_when_they_changed_since_launch(
    session: Session,
    ai: int,
    add_readers: AddReaders,
    ready: Ready,
    make_sender: MakeSender,
    transport: KeepingTransport,
    change: dict[str, object],
    reason: str,
) -> None:
    add_readers(3, ai)
    ready()
    gone = session.scalars(select(Subscriber.id)).first()
    session.execute(update(Subscriber).where(Subscriber.id == gone).values(**change))
    session.commit()
    send_batch(make_sender(transport))
    assert len(transport.addresses) == 2
    row = session.scalars(select(Delivery).where(Delivery.subscriber_id == gone)).one()
    assert (row.state, row.reason) == (DeliveryState.SKIPPED, reason)


def test_reader_is_skipped_when_their_address_was_suppressed_since_launch(
    session: Session,
    ai: int,
    add_readers: AddReaders,
    ready: Ready,
    make_sender: MakeSender,
    transport: KeepingTransport,
    now: datetime,
) -> None:
    add_readers(120, ai)
    ready()
    first, *_, last = session.scalars(select(Subscriber).order_by(Subscriber.id)).all()
    for reader in (first, last):  # in the first call, and in one that closes another
        key = Address(reader.address or "", reader.address_key or "")
        reason = SuppressionReason.HARD_BOUNCE
        suppress(session, CLI, key, reason, note="", pepper=PEPPER, now=now)
    session.commit()
    send_batch(make_sender(transport))
    skipped = {first.address, last.address}
    assert sorted(transport.addresses) == [one for one in _everybody(session) if one not in skipped]
    rows = session.execute(
        select(Delivery.subscriber_id, Delivery.reason)
        .where(Delivery.state == DeliveryState.SKIPPED)
        .order_by(Delivery.subscriber_id)
    ).all()
    assert [tuple(row) for row in rows] == [(first.id, "suppressed"), (last.id, "suppressed")]


def test_two_workers_never_share_a_reader(
    session: Session,
    ai: int,
    categories: dict[str, Category],
    add_readers: AddReaders,
    ready: Ready,
    make_sender: MakeSender,
) -> None:
    for follows in (ai, ai | categories["devops"].mask, categories["devops"].mask):
        add_readers(60, follows)
    ready()
    transports = [KeepingTransport(), KeepingTransport()]
    together = Barrier(2)

    def work(place: int) -> None:
        sender = make_sender(transports[place], worker=str(place))
        together.wait()
        while send_batch(sender):
            pass

    threads = [Thread(target=work, args=(place,)) for place in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    written_to = transports[0].addresses + transports[1].addresses
    assert sorted(written_to) == _everybody(session)


def test_batch_goes_back_to_the_queue_when_its_issue_is_paused(
    session: Session,
    sessions: Sessions,
    ai: int,
    add_readers: AddReaders,
    ready: Ready,
    make_sender: MakeSender,
    transport: KeepingTransport,
) -> None:
    add_readers(120, ai)
    ready()

    def pause_in_mid_call() -> None:
        with transaction(sessions) as other:
            other.execute(update(Issue).values(state=IssueState.PAUSED))

    transport.before_answer = pause_in_mid_call
    send_batch(make_sender(transport))
    batch = session.scalars(select(Batch)).one()
    assert (batch.state, batch.n_taken) == (BatchState.QUEUED, 50)
    assert send_batch(make_sender(transport)) is False
    session.execute(update(Issue).values(state=IssueState.SENDING))
    session.commit()
    transport.before_answer = lambda: None
    send_batch(make_sender(transport))
    assert sorted(transport.addresses) == _everybody(session)


def test_bulk_is_given_up_for_a_while_when_bulk_itself_is_throttled(
    session: Session,
    ai: int,
    add_readers: AddReaders,
    ready: Ready,
    make_sender: MakeSender,
    now: datetime,
) -> None:
    add_readers(150, ai)
    ready()
    transport = KeepingTransport()

    def throttle_the_first(recipient: Recipient) -> Outcome:
        if len(transport.calls) == 1:
            return Refused("throttled", "TooManyRequestsException")
        return Accepted("x")

    transport.answer = throttle_the_first
    send_batch(make_sender(transport))
    # The first bulk call of a second is still let through, the others go one by one.
    assert transport.one_by_one == [False, False, True]
    send_batch(make_sender(transport, at=now + timedelta(minutes=1)))
    assert len(set(_states(session))) == 150


@pytest.mark.parametrize(("mode", "one_by_one"), [("single", True), ("bulk", False)])
def test_mode_of_sending_is_kept_to_when_it_is_set(
    ai: int,
    add_readers: AddReaders,
    ready: Ready,
    make_sender: MakeSender,
    transport: KeepingTransport,
    mode: Literal["single", "bulk"],
    one_by_one: bool,  # noqa: FBT001  # what the parameter is about
) -> None:
    add_readers(2, ai)
    ready()
    send_batch(replace(make_sender(transport), send_mode=mode))
    assert transport.one_by_one == [one_by_one]
