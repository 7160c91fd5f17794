"""A mail to our address for leaving lets the holder of its token leave, and nobody else."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clock import system_clock
from app.db.session import Sessions, transaction
from app.delivery.leaving import leave_address
from app.enums import ConsentSource, ConsentStep, EventKind, EventState, SubscriberState
from app.events.apply import apply_new
from app.events.queue import poll_once
from app.models import Consent, Event, Letter, OutboxEntry, Subscriber
from app.readers.consent import Origin, consents_of
from app.readers.erasure import erase
from app.readers.leave import come_back, leave_all
from app.tokens import Purpose
from tests.events.conftest import Tell
from tests.events.told import received
from tests.factories import PEPPER, SIGNER, make_subscriber
from tests.localdev.ses.reading import publishing
from tests.localdev.ses.receiving import until
from tests.localdev.ses.running import LocalSes, serving

PAGE = Origin(ConsentSource.PAGE)
VERDICTS = "spam pass, virus pass, spf pass, dkim pass, dmarc pass"


@pytest.fixture
def reader(session: Session) -> Subscriber:
    row = make_subscriber(session)
    make_subscriber(session)
    session.commit()
    return row


@pytest.fixture
def ses() -> Iterator[LocalSes]:
    with serving(publishing=publishing()) as running:
        yield running


def _address(reader: Subscriber, now: datetime, purpose: Purpose = Purpose.LEAVE) -> str:
    token = SIGNER.sign(purpose, reader.public_id, now=now)
    return leave_address("leave@in.example.com", token)


def _states(session: Session) -> list[SubscriberState]:
    session.expire_all()
    return list(session.scalars(select(Subscriber.state).order_by(Subscriber.id)))


def _events(session: Session) -> list[tuple[EventState, EventKind | None, str]]:
    rows = session.scalars(select(Event).order_by(Event.id)).all()
    return [(row.state, row.kind, row.body) for row in rows]


def test_mail_through_the_queue_lets_its_reader_leave(
    session: Session, sessions: Sessions, reader: Subscriber, ses: LocalSes
) -> None:
    address = _address(reader, system_clock()).swapcase()
    raw = f"From: Eve <eve@elsewhere.example>\r\nTo: <{address}>\r\n\r\nby a button\r\n"
    mail = {"mail_from": "eve@elsewhere.example", "recipients": [address], "raw": raw}
    for came in (mail, {"recipients": ["leave@in.example.com"]}):
        ses.web.post("/control/inbound", json=came).raise_for_status()
    found: list[int] = []

    def poll() -> bool:
        found.append(poll_once(ses.sqs, ses.queue_url, sessions, system_clock, wait_seconds=1))
        return sum(found) == 2

    until(poll)
    with transaction(sessions) as own:
        apply_new(own, 100, PEPPER, SIGNER, system_clock())
    assert _states(session) == [SubscriberState.LEFT, SubscriberState.ACTIVE]
    # What a reader wrote to us is nobody's business once it has done its work.
    assert sorted(_events(session)) == [
        (EventState.APPLIED, EventKind.RECEIVED, ""),
        (EventState.IGNORED, EventKind.RECEIVED, ""),
    ]
    last = consents_of(session, reader.id)[-1]
    assert (last.step, last.source, last.note) == (ConsentStep.LEFT, ConsentSource.MAIL, VERDICTS)
    told = session.scalars(select(OutboxEntry)).all()
    assert [row.facts["source"] for row in told] == ["mail"]
    assert session.scalars(select(Letter)).all() == []  # nobody is answered


def test_leaving_by_mail_twice_is_leaving_once(
    session: Session, reader: Subscriber, tell: Tell, now: datetime
) -> None:
    mail = received(now, [_address(reader, now)])
    tell(mail, mail)
    tell(mail)
    assert _states(session) == [SubscriberState.LEFT, SubscriberState.ACTIVE]
    assert len(consents_of(session, reader.id)) == 1
    assert {state for state, _, _ in _events(session)} == {EventState.APPLIED}


@pytest.mark.parametrize("purpose", [one for one in Purpose if one is not Purpose.LEAVE])
def test_token_of_another_purpose_lets_nobody_leave(
    session: Session, reader: Subscriber, tell: Tell, now: datetime, purpose: Purpose
) -> None:
    tell(received(now, [_address(reader, now, purpose)]))
    assert set(_states(session)) == {SubscriberState.ACTIVE}
    assert _events(session) == [(EventState.IGNORED, EventKind.RECEIVED, "")]


def test_token_that_was_changed_or_is_older_than_its_reader_lets_nobody_leave(
    session: Session, reader: Subscriber, tell: Tell, now: datetime
) -> None:
    good = _address(reader, now)
    place = good.index("+") + 1
    other = "b" if good[place] == "a" else "a"
    early = _address(reader, reader.created_at - timedelta(days=1))
    tell(received(now, [good[:place] + other + good[place + 1 :], early]))
    assert set(_states(session)) == {SubscriberState.ACTIVE}


@pytest.mark.parametrize("as_spam", [False, True])
def test_who_joined_again_after_the_mail_came_stays(
    session: Session, reader: Subscriber, tell: Tell, now: datetime, *, as_spam: bool
) -> None:
    verdict = "FAIL" if as_spam else "PASS"
    leave_all(session, [reader.id], now, PAGE)
    session.expire_all()
    come_back(session, reader.id, now + timedelta(hours=1), PAGE)
    session.commit()
    address, later = _address(reader, now), now + timedelta(hours=2)
    tell(received(now, [address], verdict=verdict), at=later)
    assert _states(session)[0] is SubscriberState.ACTIVE
    # Clocks may differ by minutes, and then who wants to leave is let go.
    tell(received(now + timedelta(minutes=58), [address], verdict=verdict), at=later)
    assert _states(session)[0] is SubscriberState.LEFT


def test_mail_of_who_was_erased_changes_nothing(
    session: Session, reader: Subscriber, tell: Tell, now: datetime
) -> None:
    address = _address(reader, now)
    erase(session, None, reader.id, now, PAGE)
    session.commit()
    tell(received(now, [address]))
    assert _states(session)[0] is SubscriberState.ERASED
    assert all(body == "" for _, _, body in _events(session))


def test_erasing_forgets_what_was_noted_of_the_mail(
    session: Session, reader: Subscriber, tell: Tell, now: datetime
) -> None:
    tell(received(now, [_address(reader, now)]))
    erase(session, None, reader.id, now, PAGE)
    session.commit()
    steps = session.scalars(select(Consent).where(Consent.subscriber_id == reader.id)).all()
    assert {(one.step, one.note) for one in steps} == {
        (ConsentStep.LEFT, ""),
        (ConsentStep.ERASED, ""),
    }


def test_several_holders_leave_by_one_mail(
    session: Session, reader: Subscriber, tell: Tell, now: datetime
) -> None:
    everybody = session.scalars(select(Subscriber)).all()
    tell(received(now, [_address(one, now) for one in everybody]))
    assert set(_states(session)) == {SubscriberState.LEFT}


def test_who_moved_to_another_address_leaves_by_a_mail_to_the_old_one(
    session: Session, reader: Subscriber, tell: Tell, now: datetime
) -> None:
    taken = make_subscriber(session, state=SubscriberState.ERASED, moved_to_id=reader.id)
    session.commit()
    tell(received(now, [_address(taken, now)]))
    assert _states(session)[0] is SubscriberState.LEFT
