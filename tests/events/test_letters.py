from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.delivery.letters import OpenLetter, close_letter, open_letter, queue_letter
from app.enums import DeliveryState, LetterKind, SubscriberState
from app.models import Letter, Subscriber, Suppression
from app.public_ids import letter_tag
from app.transports.base import Accepted, InDoubt, Outcome, Refused
from tests.events.conftest import Tell
from tests.events.told import bounce, said
from tests.factories import make_subscriber


@pytest.fixture
def posted(session: Session, now: datetime) -> OpenLetter:
    """Open a confirmation whose worker has not come back from the provider yet."""
    reader = make_subscriber(session, state=SubscriberState.PENDING)
    letter = queue_letter(session, LetterKind.CONFIRMATION, now=now, subscriber_id=reader.id)
    session.commit()
    opened = open_letter(session, letter.id, "one", now)
    assert opened is not None
    session.commit()
    return opened


def _letter(session: Session) -> Letter:
    session.expire_all()
    return session.scalars(select(Letter)).one()


def test_letter_moves_before_its_worker_comes_back(
    session: Session, posted: OpenLetter, tell: Tell, now: datetime
) -> None:
    tell(said("Delivery", now, delivery_id=letter_tag(posted.public_id), provider_id="m-1"))
    letter = _letter(session)
    assert (letter.state, letter.provider_id) == (DeliveryState.DELIVERED, "m-1")
    assert (letter.event_at, letter.settled_at) == (now, now)


@pytest.mark.parametrize(
    "outcome", [Accepted("m-1"), InDoubt("read_timeout"), Refused("later", "throttled")]
)
def test_late_answer_changes_nothing_when_an_event_told_more(
    session: Session, posted: OpenLetter, tell: Tell, now: datetime, outcome: Outcome
) -> None:
    tell(said("Delivery", now, delivery_id=letter_tag(posted.public_id), provider_id="m-1"))
    assert close_letter(session, posted, outcome, now)
    session.commit()
    letter = _letter(session)
    assert (letter.state, letter.provider_id) == (DeliveryState.DELIVERED, "m-1")
    assert open_letter(session, letter.id, "two", now) is None


def test_address_is_suppressed_when_its_confirmation_bounced(
    session: Session, posted: OpenLetter, tell: Tell, now: datetime
) -> None:
    tell(said("Bounce", now, delivery_id=letter_tag(posted.public_id), part=bounce()))
    reader = session.scalars(select(Subscriber)).one()
    assert session.scalars(select(Suppression.address_hmac)).all() == [reader.address_hmac]
    assert _letter(session).state == DeliveryState.BOUNCED


def test_nobody_is_suppressed_when_a_test_bounced(
    session: Session, tell: Tell, now: datetime
) -> None:
    letter = queue_letter(session, LetterKind.TEST, now=now, address="editor@example.com")
    session.commit()
    tag, to = letter_tag(letter.public_id), "editor@example.com"
    tell(said("Bounce", now, delivery_id=tag, address=to, part=bounce(address=to)))
    assert _letter(session).state == DeliveryState.BOUNCED
    assert session.scalars(select(Suppression)).all() == []
