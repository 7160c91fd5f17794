"""Events about mail of others change nothing, and are counted."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.addresses import address_hmac
from app.delivery.installation import installation_tag
from app.delivery.letters import queue_letter
from app.enums import (
    ConsentSource,
    DeliveryState,
    EventState,
    LetterKind,
    SubscriberState,
    SuppressionReason,
)
from app.events.health import stream_health
from app.events.ours import OTHER_INSTALLATION, OTHER_RECIPIENT
from app.models import Delivery, ErasedAddress, Event, Letter, Subscriber, Suppression
from app.public_ids import delivery_tag, letter_tag
from app.readers.consent import Origin
from app.readers.erasure import erase
from tests.events.conftest import Tell, World
from tests.events.told import bounce, complaint, said, tagged
from tests.factories import PEPPER, make_subscriber

STRANGER = "stranger@example.com"
BAD = [("Bounce", bounce), ("Complaint", complaint)]
Part = Callable[..., dict[str, Any]]


def _unchanged(session: Session, world: World) -> bool:
    rows = session.scalars(select(Delivery)).all()
    assert session.scalars(select(Suppression)).all() == []
    states = session.scalars(select(Subscriber.state)).all()
    return set(states) == {SubscriberState.ACTIVE} and all(
        (row.state, row.event_at) == (DeliveryState.ACCEPTED, None) for row in rows
    )


def _events(session: Session) -> list[tuple[EventState, str | None, str]]:
    rows = session.scalars(select(Event).order_by(Event.id))
    return [(row.state, row.error, row.body) for row in rows]


def _n_foreign(session: Session, now: datetime) -> int:
    return stream_health(session, now, now + timedelta(seconds=1), now).n_foreign


@pytest.mark.parametrize(("kind", "part"), BAD)
def test_event_to_another_address_than_the_readers_changes_nothing(
    session: Session, world: World, tell: Tell, now: datetime, kind: str, part: Part
) -> None:
    session.add(world.written(0, now))
    session.commit()
    tell(
        said(kind, now, delivery_id=world.tag(), address=STRANGER, part=part(address=STRANGER)),
        said("Delivery", now, delivery_id=world.tag(), address=STRANGER),
    )
    assert _unchanged(session, world)
    assert _events(session) == [(EventState.FOREIGN, OTHER_RECIPIENT, "")] * 2
    assert _n_foreign(session, now) == 2


@pytest.mark.parametrize(("kind", "part"), BAD)
def test_event_of_another_installation_changes_nothing(
    session: Session, world: World, tell: Tell, now: datetime, kind: str, part: Part
) -> None:
    session.add(world.written(0, now))
    session.commit()
    message = said(kind, now, delivery_id=world.tag(), part=part())
    tell(tagged(message, uuid4().hex))
    assert _unchanged(session, world)
    assert _events(session) == [(EventState.FOREIGN, OTHER_INSTALLATION, "")]
    assert _n_foreign(session, now) == 1
    tell(tagged(message, installation_tag(session)))
    assert session.scalars(select(Delivery.event_at)).all() != [None]


@pytest.mark.parametrize(("kind", "part"), BAD)
def test_late_event_does_nothing_to_who_has_the_number_now(
    session: Session, world: World, tell: Tell, now: datetime, kind: str, part: Part
) -> None:
    """A backup was put back, and the reader's and the issue's numbers were given again."""
    lost = make_subscriber(session)
    tag = delivery_tag(world.issue.public_id, lost.public_id)
    number, address = lost.id, lost.address or ""
    session.execute(delete(Subscriber).where(Subscriber.id == number))
    stranger = make_subscriber(session, STRANGER, id=number)
    session.add(world.written_for(stranger, now))
    session.commit()
    by_number = f"{world.issue.id}-{number}"
    for told in (tag, by_number):
        tell(said(kind, now, delivery_id=told, address=address, part=part(address=address)))
    assert _unchanged(session, world)
    assert {state for state, _, _ in _events(session)} == {EventState.IGNORED}


def test_event_of_a_mail_from_before_public_ids_is_its_readers(
    session: Session, world: World, tell: Tell, now: datetime
) -> None:
    reader = world.readers[0]
    world.issue.public_id, reader.public_id = world.issue.id, reader.id
    session.add(world.written(0, now))
    session.commit()
    tag = f"{world.issue.id}-{reader.id}"
    tell(said("Bounce", now, delivery_id=tag, part=bounce()))
    assert session.scalars(select(Suppression.reason)).all() == [SuppressionReason.HARD_BOUNCE]


def test_event_of_the_address_a_reader_had_before_is_theirs(
    session: Session, world: World, tell: Tell, now: datetime
) -> None:
    reader, old = world.readers[0], "reader1@example.com"
    session.add(world.written(0, now))
    session.add(ErasedAddress(address_hmac=address_hmac(old, PEPPER), erased_at=now))
    reader.address = reader.address_key = "new@example.com"
    reader.address_hmac, reader.moved_at = address_hmac("new@example.com", PEPPER), now
    session.commit()
    tell(said("Bounce", now, delivery_id=world.tag(), address=STRANGER, part=bounce()))
    assert session.scalars(select(Suppression)).all() == []
    tell(said("Bounce", now, delivery_id=world.tag(), address=old, part=bounce(address=old)))
    suppressed = session.scalars(select(Suppression.address_hmac)).all()
    assert suppressed == [address_hmac(old, PEPPER)]


def test_event_of_who_was_erased_or_joined_is_theirs(
    session: Session, world: World, tell: Tell, now: datetime
) -> None:
    """The one's address is remembered as its HMAC; the other's is that of who took it over."""
    session.add_all([world.written(0, now), world.written(1, now)])
    first, second = world.readers
    erase(session, None, first.id, now, Origin(ConsentSource.PAGE))
    taken = second.address or ""
    second.state, second.address, second.address_key = SubscriberState.ERASED, None, None
    second.address_hmac = b""
    session.flush()
    second.moved_to_id = make_subscriber(session, taken).id
    session.commit()
    tell(
        said("Bounce", now, delivery_id=world.tag(0), part=bounce()),
        said("Bounce", now, delivery_id=world.tag(1), address=taken, part=bounce(address=taken)),
    )
    states = session.scalars(select(Delivery.state)).all()
    assert states == [DeliveryState.BOUNCED, DeliveryState.BOUNCED]
    assert _n_foreign(session, now) == 0


def test_event_of_a_letter_is_its_recipients(
    session: Session, world: World, tell: Tell, now: datetime
) -> None:
    to_reader = queue_letter(
        session, LetterKind.CONFIRMATION, now=now, subscriber_id=world.readers[0].id
    )
    test = queue_letter(session, LetterKind.TEST, now=now, address="Editor@example.com")
    session.commit()
    letters = [letter_tag(to_reader.public_id), letter_tag(test.public_id)]
    tell(*(said("Delivery", now, delivery_id=tag, address=STRANGER) for tag in letters))
    assert set(session.scalars(select(Letter.event_at))) == {None}
    assert _n_foreign(session, now) == 2
    whom = ("reader1@example.com", "editor@example.com")
    for tag, address in zip(letters, whom, strict=True):
        tell(said("Delivery", now, delivery_id=tag, address=address))
    assert set(session.scalars(select(Letter.state))) == {DeliveryState.DELIVERED}
