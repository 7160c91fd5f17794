"""The Letters that readers ask for on their own pages: where they go and what their links open."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from app.delivery.letters import queue_letter
from app.delivery.post import send_letter
from app.delivery.send import Sender
from app.enums import DeliveryState, LetterKind, SubscriberState
from app.models import Letter, Subscriber
from app.rendering.templates import Templates, our_templates
from app.tokens import Purpose
from tests.delivery.conftest import BASE_URL
from tests.factories import make_subscriber
from tests.fakes import KeepingTransport

MakeSender = Callable[..., Sender]
NEW = "new@example.com"


@pytest.fixture(scope="module")
def templates() -> Templates:
    return our_templates()


@pytest.fixture
def reader(session: Session) -> Subscriber:
    reader = make_subscriber(session, state=SubscriberState.LEFT)
    session.commit()
    return reader


def _queued(session: Session, kind: LetterKind, reader: Subscriber, now: datetime) -> Letter:
    address = NEW if kind is LetterKind.NEW_ADDRESS else None
    letter = queue_letter(session, kind, subscriber_id=reader.id, address=address, now=now)
    session.commit()
    return letter


def test_link_goes_to_the_reader_and_opens_their_preferences_for_a_day(
    session: Session,
    reader: Subscriber,
    make_sender: MakeSender,
    transport: KeepingTransport,
    templates: Templates,
    now: datetime,
) -> None:
    letter = _queued(session, LetterKind.PREFERENCES_LINK, reader, now)
    sender = make_sender(transport)
    assert send_letter(sender, templates, letter.id)
    ((mail, (recipient,)),) = transport.calls
    assert recipient.address == reader.address
    token = mail.text.split(f"{BASE_URL}/preferences/")[1].split()[0]
    asked = sender.signer.read(Purpose.ASKED, token, now=now, good_for=timedelta(days=1))
    assert asked.subject == reader.public_id


def test_new_address_is_written_to_with_a_link_that_names_the_letter(
    session: Session,
    reader: Subscriber,
    make_sender: MakeSender,
    transport: KeepingTransport,
    templates: Templates,
    now: datetime,
) -> None:
    letter = _queued(session, LetterKind.NEW_ADDRESS, reader, now)
    sender = make_sender(transport)
    assert send_letter(sender, templates, letter.id)
    ((mail, (recipient,)),) = transport.calls
    assert recipient.address == NEW
    token = mail.text.split(f"{BASE_URL}/address/")[1].split()[0]
    assert sender.signer.read(Purpose.NEW_ADDRESS, token, now=now).subject == letter.public_id
    assert str(reader.address) not in mail.text + mail.html


@pytest.mark.parametrize("kind", [LetterKind.PREFERENCES_LINK, LetterKind.NEW_ADDRESS])
def test_letter_is_skipped_when_its_address_is_gone(
    session: Session,
    reader: Subscriber,
    make_sender: MakeSender,
    transport: KeepingTransport,
    templates: Templates,
    now: datetime,
    kind: LetterKind,
) -> None:
    letter = _queued(session, kind, reader, now)
    letter.address = reader.address = None
    session.commit()
    assert not send_letter(make_sender(transport), templates, letter.id)
    session.refresh(letter)
    assert (letter.state, transport.calls) == (DeliveryState.SKIPPED, [])
