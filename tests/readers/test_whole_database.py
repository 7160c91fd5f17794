"""The search of the whole database, by which erasing is judged."""

from sqlalchemy.orm import Session

from app.delivery.letters import queue_letter
from app.enums import (
    LetterKind,
)
from tests.factories import make_subscriber
from tests.readers.whole_database import places_of, spellings

TYPED = "Secret.O'Person+news@Example.COM"


def test_search_finds_what_is_hidden_in_bytes_and_in_json(session: Session) -> None:
    reader = make_subscriber(session, time_zone="x", address_hmac=TYPED.lower().encode())
    facts = {"a": [{"b": TYPED.upper()}]}
    queue_letter(session, LetterKind.TEST, now=reader.created_at, facts=facts)
    assert places_of(session, spellings(TYPED)) == {"subscribers.address_hmac", "letters.facts"}
