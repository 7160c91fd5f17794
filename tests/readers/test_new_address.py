"""A reader moves to another address once its owner says so, and takes nothing along by mistake."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.addresses import address_hmac, parse_address
from app.db.session import Sessions, transaction
from app.delivery.partitions import ensure_partition
from app.delivery.suppression import suppress
from app.enums import (
    ConsentSource,
    ConsentStep,
    DeliveryState,
    Depth,
    LetterKind,
    SubscriberState,
    SuppressionReason,
)
from app.errors import Gone, InvalidInput, TooMany
from app.events.apply import apply_new
from app.events.inbox import RawEvent, store
from app.models import Consent, Letter, Subscriber, Suppression
from app.public_ids import delivery_tag, letter_tag
from app.readers.consent import Origin
from app.readers.current import current_reader
from app.readers.erasure import erase
from app.readers.leave import leave
from app.readers.new_address import (
    MAIL_AGAIN_AFTER,
    ask_new_address,
    awaited_address,
    take_new_address,
    withdraw_new_address,
)
from localdev.processes import wait_until
from tests.events.told import bounce, complaint, said
from tests.factories import PEPPER, SIGNER, make_issue, make_subscriber
from tests.readers.whole_database import places_of, spellings
from tests.waiting import n_waiting_for

PAGE = Origin(ConsentSource.PAGE)
NEW = parse_address("New.Person@example.com")


@pytest.fixture
def reader(session: Session) -> Subscriber:
    return make_subscriber(session, "old@example.com", follows=1, depth=Depth.DEEP, hour=6)


def _ask(session: Session, reader: Subscriber, now: datetime, text: str = NEW.text) -> Letter:
    ask_new_address(session, reader, parse_address(text), PEPPER, now)
    session.flush()
    session.expire_all()
    return session.scalars(select(Letter).order_by(Letter.id.desc())).first() or Letter()


def test_address_is_the_old_one_until_the_new_one_is_confirmed(
    session: Session, reader: Subscriber, now: datetime
) -> None:
    letter = _ask(session, reader, now)
    assert (letter.kind, letter.state) == (LetterKind.NEW_ADDRESS, DeliveryState.QUEUED)
    assert (reader.address, awaited_address(session, reader, now)) == ("old@example.com", NEW.text)
    for _ in range(2):
        moved = take_new_address(session, letter.id, PEPPER, now, PAGE)
        assert (moved.id, moved.address, moved.address_key) == (reader.id, NEW.text, NEW.key)
    assert moved.address_hmac == address_hmac(NEW.key, PEPPER)
    assert awaited_address(session, reader, now) is None
    steps = session.scalars(select(Consent.step)).all()
    assert steps == [ConsentStep.MOVED]


def test_two_readers_become_one_when_the_new_address_is_a_readers(
    session: Session, reader: Subscriber, now: datetime
) -> None:
    other = make_subscriber(session, NEW.text, follows=6, depth=Depth.HEADLINES)
    letter = _ask(session, reader, now)
    moved = take_new_address(session, letter.id, PEPPER, now, PAGE)
    session.refresh(other)
    assert (moved.address, moved.follows, moved.depth, moved.hour) == (NEW.text, 1, Depth.DEEP, 6)
    assert (other.state, other.address, other.moved_to_id) == (
        SubscriberState.ERASED,
        None,
        reader.id,
    )
    found = current_reader(session, other.id)
    assert found is not None
    assert found.id == reader.id
    assert leave(session, other.id, now, PAGE) == reader.id
    assert reader.state is SubscriberState.LEFT


def test_who_leaves_while_another_takes_over_their_address_leaves_as_the_other(
    sessions: Sessions, now: datetime
) -> None:
    with transaction(sessions) as session:
        reader_id = make_subscriber(session, "old@example.com").id
        other_id = make_subscriber(session, NEW.text).id
        letter_id = _ask(session, session.get_one(Subscriber, reader_id), now).id

    def press() -> int:
        with transaction(sessions) as session:
            return leave(session, other_id, now, PAGE)

    with ThreadPoolExecutor() as pool:
        with transaction(sessions) as session:
            take_new_address(session, letter_id, PEPPER, now, PAGE)
            pressed = pool.submit(press)
            wait_until(lambda: n_waiting_for(session) > 0 or pressed.done(), 20)
        assert pressed.result() == reader_id
    with transaction(sessions) as session:
        assert session.get_one(Subscriber, reader_id).state is SubscriberState.LEFT
        assert session.get_one(Subscriber, other_id).state is SubscriberState.ERASED


def test_links_of_every_address_that_was_joined_lead_to_the_one_left(
    session: Session, reader: Subscriber, now: datetime
) -> None:
    texts = ["second@example.com", "third@example.com"]
    others = [make_subscriber(session, text) for text in texts]
    letter = _ask(session, others[0], now, texts[1])
    take_new_address(session, letter.id, PEPPER, now, PAGE)
    letter = _ask(session, reader, now, texts[1])
    take_new_address(session, letter.id, PEPPER, now, PAGE)
    session.expire_all()
    assert {other.moved_to_id for other in others} == {reader.id}
    erase(session, None, reader.id, now, PAGE)
    needles = set().union(*(spellings(text) for text in [*texts, "old@example.com"]))
    assert places_of(session, needles) == set()


def test_request_is_good_for_nothing_when_it_was_withdrawn_or_followed_by_another(
    session: Session, reader: Subscriber, now: datetime
) -> None:
    first = _ask(session, reader, now)
    second = _ask(session, reader, now, "else@example.com")
    with pytest.raises(Gone):
        take_new_address(session, first.id, PEPPER, now, PAGE)
    withdraw_new_address(session, reader.id, now)
    for letter in (first, second):
        with pytest.raises(Gone):
            take_new_address(session, letter.id, PEPPER, now, PAGE)
        session.refresh(letter)
        assert (letter.state, letter.reason) == (DeliveryState.SKIPPED, "withdrawn")
    with pytest.raises(Gone):
        take_new_address(session, 4711, PEPPER, now, PAGE)


def test_second_mail_is_not_sent_when_the_first_was_a_moment_ago(
    session: Session, reader: Subscriber, now: datetime
) -> None:
    first = _ask(session, reader, now)
    assert _ask(session, reader, now + timedelta(minutes=5)).id == first.id
    again = make_subscriber(session, "somebody@example.com")
    theirs = _ask(session, again, now + timedelta(minutes=5))
    assert (theirs.state, theirs.reason) == (DeliveryState.SKIPPED, "asked_before")
    assert awaited_address(session, again, now) == NEW.text  # nobody can tell the difference
    later = now + MAIL_AGAIN_AFTER + timedelta(minutes=6)
    assert _ask(session, reader, later).state is DeliveryState.QUEUED


def test_request_is_good_for_nothing_once_its_reader_has_left(
    session: Session, reader: Subscriber, now: datetime
) -> None:
    letter = _ask(session, reader, now)
    leave(session, reader.id, now + timedelta(minutes=1), PAGE)
    with pytest.raises(Gone, match="You left after"):
        take_new_address(session, letter.id, PEPPER, now + timedelta(minutes=2), PAGE)
    assert reader.address == "old@example.com"


@pytest.mark.parametrize("state", [DeliveryState.FAILED, DeliveryState.BOUNCED])
def test_mail_to_a_new_address_is_sent_again_when_no_server_took_it(
    session: Session, reader: Subscriber, now: datetime, state: DeliveryState
) -> None:
    first = _ask(session, reader, now)
    first.state = state
    again = _ask(session, reader, now + timedelta(minutes=1))
    assert (again.id != first.id, again.state) == (True, DeliveryState.QUEUED)


def test_requests_are_refused_when_there_were_three_today(
    session: Session, reader: Subscriber, now: datetime
) -> None:
    for name in ("a", "b", "c"):
        _ask(session, reader, now, f"{name}@example.com")
    with pytest.raises(TooMany) as caught:
        _ask(session, reader, now + timedelta(hours=23), "d@example.com")
    assert caught.value.headers["Retry-After"] == "3600"
    assert caught.value.headers["RateLimit"] == '"new_addresses";r=0;t=3600'
    _ask(session, reader, now + timedelta(days=1, seconds=1), "d@example.com")
    with pytest.raises(InvalidInput):
        _ask(session, reader, now, "OLD@example.com")


def test_suppressed_address_gets_no_mail_and_nobody_is_moved_there(
    session: Session, reader: Subscriber, now: datetime
) -> None:
    reason = SuppressionReason.COMPLAINT
    suppress(session, CLI, NEW, reason, note="", pepper=PEPPER, now=now)
    letter = _ask(session, reader, now)
    assert (letter.state, letter.reason) == (DeliveryState.SKIPPED, "suppressed")
    with pytest.raises(Gone):
        take_new_address(session, letter.id, PEPPER, now, PAGE)
    assert reader.address == "old@example.com"


def test_bounce_of_the_new_address_says_nothing_of_the_old_one(
    session: Session, reader: Subscriber, now: datetime
) -> None:
    letter = _ask(session, reader, now)
    event = said(
        "Bounce",
        now,
        delivery_id=letter_tag(letter.public_id),
        address=NEW.text,
        part=bounce(address=NEW.text),
    )
    store(session, [RawEvent("a", event)], now)
    assert apply_new(session, 10, PEPPER, SIGNER, now) == 1
    session.refresh(letter)
    assert letter.state is DeliveryState.BOUNCED
    assert session.scalars(select(Suppression)).all() == []


def test_bounce_of_the_old_address_says_nothing_of_the_new_one(
    session: Session, reader: Subscriber, now: datetime
) -> None:
    issue = make_issue(session, launched_at=now)
    ensure_partition(session, issue.id)
    old = reader.address or ""
    letter = _ask(session, reader, now)
    take_new_address(session, letter.id, PEPPER, now, PAGE)
    tag = delivery_tag(issue.public_id, reader.public_id)
    event = said("Bounce", now, delivery_id=tag, address=old, part=bounce(address=old))
    store(session, [RawEvent("a", event)], now)
    apply_new(session, 10, PEPPER, SIGNER, now)
    keys = session.scalars(select(Suppression.address_hmac)).all()
    assert keys == [address_hmac(old, PEPPER)]


def test_link_is_gone_when_its_reader_was_erased(
    session: Session, reader: Subscriber, now: datetime
) -> None:
    letter = _ask(session, reader, now)
    erase(session, None, reader.id, now, PAGE)
    session.expire_all()
    with pytest.raises(Gone):
        take_new_address(session, letter.id, PEPPER, now, PAGE)


def test_complaint_about_an_old_mail_counts_for_who_took_its_address_over(
    session: Session, reader: Subscriber, now: datetime
) -> None:
    other = make_subscriber(session, NEW.text)
    issue = make_issue(session, launched_at=now)
    ensure_partition(session, issue.id)
    letter = _ask(session, reader, now)
    take_new_address(session, letter.id, PEPPER, now, PAGE)
    tag = delivery_tag(issue.public_id, other.public_id)
    part = complaint(address=NEW.text)
    event = said("Complaint", now, delivery_id=tag, address=NEW.text, part=part)
    store(session, [RawEvent("a", event)], now)
    apply_new(session, 10, PEPPER, SIGNER, now)
    session.refresh(reader)
    assert reader.state is SubscriberState.LEFT
    keys = session.scalars(select(Suppression.address_hmac)).all()
    assert keys == [address_hmac(NEW.key, PEPPER)]
