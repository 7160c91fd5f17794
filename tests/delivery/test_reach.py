"""While the provider cannot be reached nobody is given up, and it is said since when."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.delivery.claim import lease_batch
from app.delivery.letters import close_letter, open_letter, queue_letter
from app.delivery.reach import PAGE, UNREACHED, forget_unreached, in_full, unreached
from app.delivery.receptions import WhyNot
from app.delivery.record import LONGEST_DELAY, MAX_TRIES, close_call
from app.delivery.standstill import standstill_of
from app.enums import BatchState, DeliveryState, LetterKind
from app.models import Batch, Call, Category, Delivery, Issue, Letter
from app.transports.base import Accepted, Refused
from tests.claims import open_call
from tests.factories import make_subscriber

AWAY = Refused("unreached", "EndpointConnectionError")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def issue(
    session: Session,
    categories: dict[str, Category],
    add_readers: Callable[..., None],
    ready: Callable[[], Issue],
) -> Issue:
    """Make an issue of two readers, under way."""
    add_readers(2, categories["ai"].mask)
    return ready()


def _try(session: Session, outcome: Refused | Accepted, at: datetime) -> None:
    lease = lease_batch(session, "one", at)
    assert lease is not None
    opened = open_call(session, lease, 50, at)
    assert opened is not None
    session.commit()
    close_call(session, opened.call_id, [outcome] * len(opened.readers), at)
    session.get_one(Batch, lease.batch_id).state = BatchState.DONE
    session.commit()


def test_readers_are_tried_until_the_provider_is_back(
    session: Session, issue: Issue, now: datetime
) -> None:
    at = now
    for _ in range(MAX_TRIES + 5):
        _try(session, AWAY, at)
        at += LONGEST_DELAY
    assert session.scalars(select(Delivery)).all() == []
    found = unreached(session)
    assert found is not None
    assert (found.what, found.first_at, found.n_times) == (UNREACHED, now, MAX_TRIES + 5)
    assert str(in_full(session, found.first_at)) == (
        "The provider cannot be reached since 2026-11-23 06:00 UTC. Readers who wait: 2;"
        " letters: 0. Nothing is lost: it is tried again by itself, at least every five"
        f" minutes. What to do: {PAGE}"
    )
    stands = standstill_of(session, issue, at)
    assert stands is not None
    assert stands.reason.why is WhyNot.UNREACHED
    assert stands.reason.words == (
        "Nothing can be handed over since 2026-11-23 06:00 UTC:"
        " the provider cannot be reached: EndpointConnectionError."
    )
    _try(session, Accepted("m"), at)
    states = session.scalars(select(Delivery.state)).all()
    assert states == [DeliveryState.ACCEPTED] * 2
    forget_unreached(session, at)
    assert unreached(session) is None
    assert standstill_of(session, issue, at) is None


def test_it_is_forgotten_once_nobody_is_tried_any_more(
    session: Session, issue: Issue, now: datetime
) -> None:
    _try(session, AWAY, now)
    forget_unreached(session, now + LONGEST_DELAY)
    assert unreached(session) is not None
    forget_unreached(session, now + LONGEST_DELAY + 2 * MINUTE)
    assert unreached(session) is None
    assert session.scalars(select(Batch.n_readers).where(Batch.tries == 1)).all() == [2]
    assert len(session.scalars(select(Call)).all()) == 1


def test_letters_are_tried_until_the_provider_is_back(session: Session, now: datetime) -> None:
    reader = make_subscriber(session)
    queue_letter(session, LetterKind.PREFERENCES_LINK, subscriber_id=reader.id, now=now)
    session.commit()
    letter = session.scalars(select(Letter)).one()
    for n in range(20):
        at = now + n * LONGEST_DELAY
        opened = open_letter(session, letter.id, "one", at)
        assert opened is not None
        close_letter(session, opened, AWAY, at)
        session.commit()
    assert letter.state is DeliveryState.QUEUED
    found = unreached(session)
    assert found is not None
    assert "Readers who wait: 0; letters: 1." in str(in_full(session, found.first_at))
