"""While the provider cannot be reached nobody is given up, and it is said since when."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.delivery.claim import lease_batch
from app.delivery.letter_tries import MAX_TRIES as LETTER_TRIES
from app.delivery.letters import close_letter, open_letter, queue_letter
from app.delivery.progress import rate_of
from app.delivery.reach import PAGE, UNREACHED, Reach, forget_unreached, in_full, unreached
from app.delivery.receptions import WhyNot
from app.delivery.record import LONGEST_DELAY, MAX_TRIES, close_call
from app.delivery.send import Sender, send_batch
from app.delivery.standstill import standstill_of
from app.enums import BatchState, DeliveryState, LetterKind
from app.models import Batch, Call, Category, Delivery, Issue, Letter
from app.transports.base import Accepted, Outcome, Recipient, Refused
from tests.claims import open_call
from tests.factories import make_subscriber
from tests.fakes import KeepingTransport, accept

AWAY = Refused("unreached", "EndpointConnectionError")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def going_out(
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
    session: Session, going_out: Issue, now: datetime
) -> None:
    at = now
    for _ in range(MAX_TRIES + 5):
        _try(session, AWAY, at)
        at += LONGEST_DELAY
    assert session.scalars(select(Delivery)).all() == []
    found = unreached(session)
    assert found is not None
    assert (found.what, found.first_at, found.n_times) == (UNREACHED, now, MAX_TRIES + 5)
    assert rate_of(session, going_out, at) == 0, "nobody is told that it goes on"
    assert str(in_full(session, found.first_at)) == (
        "The provider cannot be reached since 2026-11-23 06:00 UTC. Readers who wait: 2;"
        " letters: 0. Nothing is lost: it is tried again by itself, at least every five"
        f" minutes. What to do: {PAGE}"
    )
    stands = standstill_of(session, going_out, at)
    assert stands is not None
    assert stands.reason.why is WhyNot.UNREACHED
    assert stands.reason.words == (
        "Nothing can be handed over since 2026-11-23 06:00 UTC:"
        " the provider cannot be reached: EndpointConnectionError."
    )
    _try(session, Refused("later", "421"), at)  # as a server that has just come back
    assert session.scalars(select(Delivery)).all() == []
    at += LONGEST_DELAY
    _try(session, Accepted("m"), at)
    states = session.scalars(select(Delivery.state)).all()
    assert states == [DeliveryState.ACCEPTED] * 2
    forget_unreached(session, at)
    assert unreached(session) is None
    assert rate_of(session, going_out, at) > 0
    assert standstill_of(session, going_out, at) is None


def test_it_is_forgotten_once_nobody_is_tried_any_more(
    session: Session, going_out: Issue, now: datetime
) -> None:
    _try(session, AWAY, now)
    forget_unreached(session, now + LONGEST_DELAY + 4 * MINUTE)
    assert unreached(session) is not None, "a letter may be tried so late"
    forget_unreached(session, now + LONGEST_DELAY + 6 * MINUTE)
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
    for n in range(20, 20 + LETTER_TRIES - 1):
        at = now + n * LONGEST_DELAY
        opened = open_letter(session, letter.id, "one", at)
        assert opened is not None
        close_letter(session, opened, Refused("throttled", "TooManyRequestsException"), at)
        session.commit()
    assert letter.state is DeliveryState.QUEUED, "what reached nobody counts for nothing"
    found = unreached(session)
    assert found is not None
    assert "Readers who wait: 0; letters: 1." in str(in_full(session, found.first_at))


def test_letter_that_nobody_waits_for_is_given_up(session: Session, now: datetime) -> None:
    letter = queue_letter(session, LetterKind.PROBE, address="probe@example.com", now=now)
    session.commit()
    for n in range(LETTER_TRIES):
        opened = open_letter(session, letter.id, "one", now + n * LONGEST_DELAY)
        assert opened is not None
        close_letter(session, opened, AWAY, now + n * LONGEST_DELAY)
        session.commit()
    assert letter.state is DeliveryState.FAILED


def test_process_that_reaches_nobody_waits_ever_longer_and_at_once_no_more() -> None:
    clock = [0.0]
    reach = Reach(lambda: clock[0])
    assert reach.seconds_to_wait() == 0
    waits = []
    for _ in range(6):
        assert reach.learn([AWAY]) == 1
        waits.append(reach.seconds_to_wait())
        clock[0] += waits[-1]
        assert reach.seconds_to_wait() == 0
    assert waits == [4, 8, 16, 32, 60, 60]
    assert reach.learn([Accepted("m"), AWAY, AWAY]) == 2
    assert reach.seconds_to_wait() == 4, "who took one is there"
    assert reach.learn([Refused("later", "421")]) == 0
    assert reach.seconds_to_wait() == 0


def test_outage_of_hours_leaves_a_call_a_minute_and_everybody_gets_one_mail(
    session: Session,
    categories: dict[str, Category],
    add_readers: Callable[..., None],
    ready: Callable[[], Issue],
    make_sender: Callable[..., Sender],
    now: datetime,
) -> None:
    add_readers(120, categories["ai"].mask)
    issue = ready()
    time = [now.timestamp()]
    back_at = time[0] + 3 * 3600

    def answer(recipient: Recipient) -> Outcome:
        return accept(recipient) if time[0] > back_at else AWAY

    def sleep(seconds: float) -> None:
        time[0] += seconds

    transport = KeepingTransport(answer)
    sender = replace(
        make_sender(transport),
        clock=lambda: datetime.fromtimestamp(time[0], UTC),
        sleep=sleep,
        reach=Reach(lambda: time[0]),
    )
    while time[0] < back_at + 600:
        if not send_batch(sender):
            sleep(5)
    session.expire_all()
    states = session.scalars(select(Delivery.state).where(Delivery.issue_id == issue.id)).all()
    assert states == [DeliveryState.ACCEPTED] * 120
    n_calls = len(session.scalars(select(Call.id)).all())
    assert 180 <= n_calls < 200
    assert len(set(transport.addresses[-120:])) == 120
