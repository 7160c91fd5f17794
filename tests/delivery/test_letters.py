from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from redis import Redis
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import SYSTEM
from app.db.session import Job, Sessions, transaction
from app.delivery.account import pause_account
from app.delivery.letter_doubts import resend_doubtful
from app.delivery.letter_tries import MAX_TRIES
from app.delivery.letters import open_letter, queue_letter
from app.delivery.letters_waiting import enqueue_letters
from app.delivery.post import send_letter
from app.delivery.record import delay_before
from app.delivery.send import Sender
from app.delivery.timing import USUAL
from app.enums import DeliveryState, LetterKind, SubscriberState, SuppressionReason
from app.models import Issue, Letter, Subscriber, Suppression
from app.public_ids import letter_tag
from app.rendering.templates import Templates, our_templates
from app.tokens import Purpose
from app.transports.base import InDoubt, Quota, Refused
from tests.delivery.conftest import BASE_URL
from tests.factories import make_subscriber
from tests.fakes import KeepingTransport

MakeSender = Callable[..., Sender]


@pytest.fixture(scope="module")
def templates() -> Templates:
    return our_templates()


@pytest.fixture
def waiting(session: Session) -> Subscriber:
    reader = make_subscriber(session, state=SubscriberState.PENDING, confirmed_at=None)
    session.commit()
    return reader


@pytest.fixture
def letter(session: Session, waiting: Subscriber, now: datetime) -> Letter:
    letter = queue_letter(session, LetterKind.CONFIRMATION, subscriber_id=waiting.id, now=now)
    session.commit()
    return letter


def test_confirmation_goes_to_its_reader_with_a_link_that_names_them(
    session: Session,
    letter: Letter,
    waiting: Subscriber,
    make_sender: MakeSender,
    transport: KeepingTransport,
    templates: Templates,
    now: datetime,
) -> None:
    sender = make_sender(transport)
    assert send_letter(sender, templates, letter.id)
    ((mail, (recipient,)),) = transport.calls
    assert recipient.address == waiting.address
    assert mail.headers["Auto-Submitted"] == "auto-generated"
    start = f"{BASE_URL}/confirm/"
    token = mail.text.split(start)[1].split()[0]
    assert start + token in mail.html
    assert sender.signer.read(Purpose.CONFIRM, token, now=now).subject == waiting.public_id
    session.refresh(letter)
    assert letter.state is DeliveryState.ACCEPTED


def test_probe_goes_to_the_simulator_by_the_same_path(
    session: Session,
    make_sender: MakeSender,
    transport: KeepingTransport,
    templates: Templates,
    now: datetime,
) -> None:
    to = "success+probe@simulator.amazonses.com"
    letter = queue_letter(session, LetterKind.PROBE, now=now, address=to)
    session.commit()
    assert send_letter(make_sender(transport), templates, letter.id)
    ((mail, (recipient,)),) = transport.calls
    assert (recipient.address, recipient.delivery_id) == (to, letter_tag(letter.public_id))
    assert mail.tags["kind"] == "probe"
    session.refresh(letter)
    assert letter.state is DeliveryState.ACCEPTED


def test_letter_is_sent_once_when_its_bell_rings_twice(
    letter: Letter, make_sender: MakeSender, transport: KeepingTransport, templates: Templates
) -> None:
    assert send_letter(make_sender(transport), templates, letter.id)
    assert not send_letter(make_sender(transport), templates, letter.id)
    assert len(transport.calls) == 1


def test_letter_that_is_not_sent_takes_nothing_from_the_pace(
    session: Session,
    letter: Letter,
    make_sender: MakeSender,
    transport: KeepingTransport,
    templates: Templates,
    valkey_url: str,
    now: datetime,
) -> None:
    transport.allowed = Quota(1000, left=5)
    assert send_letter(make_sender(transport), templates, letter.id)
    for _ in range(9):
        assert not send_letter(make_sender(transport), templates, letter.id)
    pause_account(session, SYSTEM, "the domain is being moved", now)
    letter.state = DeliveryState.QUEUED
    session.commit()
    for _ in range(9):
        assert not send_letter(make_sender(transport), templates, letter.id)
    with Redis.from_url(valkey_url) as valkey:
        assert valkey.hget("devoured:pace", "left") == b"4"


@pytest.mark.parametrize("state", [SubscriberState.ACTIVE, SubscriberState.LEFT])
def test_confirmation_is_skipped_when_nobody_waits_for_it(
    session: Session,
    letter: Letter,
    waiting: Subscriber,
    make_sender: MakeSender,
    transport: KeepingTransport,
    templates: Templates,
    state: SubscriberState,
) -> None:
    waiting.state = state
    session.commit()
    assert not send_letter(make_sender(transport), templates, letter.id)
    session.refresh(letter)
    assert (letter.state, letter.reason) == (DeliveryState.SKIPPED, state.value)
    assert transport.calls == []


def test_letter_is_skipped_when_its_address_is_suppressed(
    session: Session,
    letter: Letter,
    waiting: Subscriber,
    make_sender: MakeSender,
    transport: KeepingTransport,
    templates: Templates,
    now: datetime,
) -> None:
    session.add(
        Suppression(
            address_hmac=waiting.address_hmac,
            reason=SuppressionReason.COMPLAINT,
            note="",
            created_at=now,
        )
    )
    session.commit()
    assert not send_letter(make_sender(transport), templates, letter.id)
    session.refresh(letter)
    assert letter.reason == "suppressed"


def test_letter_is_queued_again_when_it_was_refused_later(
    session: Session,
    letter: Letter,
    make_sender: MakeSender,
    templates: Templates,
    now: datetime,
) -> None:
    throttled = KeepingTransport(lambda _: Refused("later", "TooManyRequestsException"))
    send_letter(make_sender(throttled), templates, letter.id)
    session.refresh(letter)
    assert (letter.state, letter.not_before) == (DeliveryState.QUEUED, now + delay_before(1))
    session.info.clear()
    enqueue_letters(session, now)
    assert "jobs" not in session.info
    enqueue_letters(session, now + delay_before(1))
    assert session.info["jobs"] == [("send_letter", (letter.id,))]


def test_letter_fails_when_it_was_refused_often_enough(
    session: Session,
    letter: Letter,
    make_sender: MakeSender,
    templates: Templates,
    now: datetime,
) -> None:
    throttled = KeepingTransport(lambda _: Refused("later", "TooManyRequestsException"))
    for attempt in range(MAX_TRIES):
        at = now + timedelta(hours=attempt)
        assert send_letter(make_sender(throttled, at=at), templates, letter.id)
    session.refresh(letter)
    assert letter.state is DeliveryState.FAILED


@pytest.mark.parametrize("n_refusals", [0, 1, 3])
def test_letter_in_doubt_is_sent_once_more_and_then_never(
    session: Session,
    sessions: Sessions,
    letter: Letter,
    make_sender: MakeSender,
    templates: Templates,
    now: datetime,
    n_refusals: int,
) -> None:
    throttled = KeepingTransport(lambda _: Refused("later", "TooManyRequestsException"))
    lost = KeepingTransport(lambda _: InDoubt("ReadTimeout"))
    at = now
    for _ in range(n_refusals):
        assert send_letter(make_sender(throttled, at=at), templates, letter.id)
        at += timedelta(minutes=5)
    for n_calls in (1, 2, 2, 2):
        send_letter(make_sender(lost, at=at), templates, letter.id)
        assert len(lost.calls) == n_calls
        for later in (USUAL.doubt_lasts, USUAL.doubt_lasts + timedelta(seconds=1)):
            with transaction(sessions) as other:
                resend_doubtful(other, at + later)
        at += USUAL.doubt_lasts + timedelta(seconds=1)
    session.refresh(letter)
    assert letter.state is DeliveryState.IN_DOUBT


def test_letter_of_a_killed_worker_is_sent_once_more(
    session: Session,
    letter: Letter,
    make_sender: MakeSender,
    transport: KeepingTransport,
    templates: Templates,
    now: datetime,
) -> None:
    assert open_letter(session, letter.id, "killed", now)
    session.commit()
    late = now + USUAL.doubt_lasts + timedelta(seconds=1)
    resend_doubtful(session, late)
    session.commit()
    assert not send_letter(make_sender(transport, at=late), templates, letter.id), (
        "no tick came before, as when PostgreSQL was gone: whoever knows has not said so yet"
    )
    late += USUAL.lost_after + timedelta(seconds=1)
    resend_doubtful(session, late)
    session.commit()
    assert send_letter(make_sender(transport, at=late), templates, letter.id)
    assert len(transport.calls) == 1


def test_letter_of_a_killed_worker_waits_no_longer_where_ticks_came_all_the_while(
    session: Session,
    letter: Letter,
    make_sender: MakeSender,
    transport: KeepingTransport,
    templates: Templates,
    now: datetime,
) -> None:
    assert open_letter(session, letter.id, "killed", now)
    late = now + USUAL.doubt_lasts + timedelta(seconds=1)
    for at in (now + USUAL.lost_after + timedelta(seconds=1), late):
        resend_doubtful(session, at)
    session.commit()
    assert send_letter(make_sender(transport, at=late), templates, letter.id)


def test_letter_fails_when_its_mail_cannot_be_made(
    session: Session,
    issue: Issue,
    make_sender: MakeSender,
    transport: KeepingTransport,
    templates: Templates,
    now: datetime,
) -> None:
    facts = {"issue_id": issue.id, "follows": 0, "depth": "brief"}
    letter = queue_letter(
        session, LetterKind.TEST, address="editor@example.com", facts=facts, now=now
    )
    session.commit()
    assert not send_letter(make_sender(transport), templates, letter.id)
    session.refresh(letter)
    assert letter.state is DeliveryState.FAILED
    assert "without a story" in str(letter.reason)


def test_queue_letter_rings_after_the_commit_only(
    session: Session, sessions: Sessions, waiting: Subscriber, now: datetime
) -> None:
    enqueued: list[Job] = []
    with transaction(sessions, enqueued.extend) as other:
        letter = queue_letter(other, LetterKind.CONFIRMATION, subscriber_id=waiting.id, now=now)
        assert enqueued == []
    assert enqueued == [("send_letter", (letter.id,))]
    assert session.scalars(select(Letter.id)).all() == [letter.id]
