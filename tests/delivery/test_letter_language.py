"""What letters are said in: the reader's language, else the publication's, else English."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

import pytest
from sqlalchemy.orm import Session

from app.delivery.letters import queue_letter
from app.delivery.post import send_letter
from app.delivery.send import Sender
from app.enums import LetterKind, SubscriberState
from app.models import Publication
from app.rendering.templates import Templates, our_templates
from tests.factories import make_subscriber
from tests.fakes import KeepingTransport

MakeSender = Callable[..., Sender]

_WORDS: Final = {
    LetterKind.CONFIRMATION: ("Please confirm that you", "Bitte bestätige, dass du"),
    LetterKind.WELCOME: ("You are in", "Du bist dabei"),
    LetterKind.PREFERENCES_LINK: ("preferences", "Deine Einstellungen"),
    LetterKind.NEW_ADDRESS: ("Please confirm this address", "Bitte bestätige diese Adresse"),
}
"""What the subject of each letter to readers says, in English and in German."""


@pytest.fixture(scope="module")
def templates() -> Templates:
    return our_templates()


@pytest.mark.parametrize("kind", _WORDS)
@pytest.mark.parametrize(
    ("of_reader", "of_publication", "expected"),
    [
        ("", "en", "en"),
        ("de", "en", "de"),
        ("", "de-AT", "de"),
        ("en", "de", "en"),
        ("", "fr", "en"),
    ],
)
def test_letter_is_in_the_language_of_its_reader(
    session: Session,
    make_sender: MakeSender,
    transport: KeepingTransport,
    templates: Templates,
    now: datetime,
    kind: LetterKind,
    of_reader: str,
    of_publication: str,
    expected: str,
) -> None:
    session.get_one(Publication, 1).language = of_publication
    is_new = kind is LetterKind.CONFIRMATION
    state = SubscriberState.PENDING if is_new else SubscriberState.ACTIVE
    reader = make_subscriber(session, state=state, language=of_reader)
    address = "new@example.com" if kind is LetterKind.NEW_ADDRESS else None
    letter = queue_letter(session, kind, subscriber_id=reader.id, now=now, address=address)
    session.commit()
    assert send_letter(make_sender(transport), templates, letter.id)
    ((mail, _),) = transport.calls
    assert _WORDS[kind][expected == "de"] in mail.subject
    assert f'<html lang="{expected}"' in mail.html
    assert ("Du bekommst" in mail.text) is (expected == "de")
    assert ("You get" in mail.text) is (expected == "en")
