"""A mailbox that answers nothing is written to three times, and then not for a month."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.addresses import parse_address
from app.delivery.letters import close_letter, open_letter, queue_letter
from app.delivery.mailboxes import MOST_UNANSWERED, READERS_REST, REST, forget_rested
from app.enums import ConsentSource, DeliveryState, LetterKind, SubscriberState
from app.mailboxes import mailbox_digest
from app.models import Letter, Mailbox, Subscriber
from app.readers.consent import Origin
from app.readers.erasure import erase
from app.readers.leave import come_back, leave
from app.readers.links import send_link
from app.readers.new_address import ask_new_address, take_new_address
from app.readers.signup import SignupFields, confirm
from app.transports.base import Refused
from tests.factories import PEPPER, make_category, make_subscriber
from tests.readers.signing_up import sign_up_now

PAGE = Origin(ConsentSource.PAGE)
DAY = timedelta(days=1)
SPELLINGS = ["victim@gmail.com", "vic.tim@gmail.com", "victim+1@googlemail.com"]


@pytest.fixture(autouse=True)
def _category(session: Session) -> None:
    make_category(session)


def _sign_up(session: Session, now: datetime, address: str = SPELLINGS[0]) -> bool:
    """Sign up this address; return whether a confirmation leaves for it."""
    letter_id = sign_up_now(session, SignupFields(parse_address(address)), now, PAGE)
    return letter_id is not None and _leaves(session, letter_id, now)


def _leaves(session: Session, letter_id: int, now: datetime) -> bool:
    is_sent = open_letter(session, letter_id, "w", now) is not None
    if not is_sent:
        letter = session.get_one(Letter, letter_id)
        assert (letter.state, letter.reason) == (DeliveryState.SKIPPED, "unanswered")
    return is_sent


def _reader(session: Session) -> Subscriber:
    return session.scalars(select(Subscriber).order_by(Subscriber.id)).all()[0]


def _last(session: Session) -> Letter:
    return session.scalars(select(Letter).order_by(Letter.id.desc())).all()[0]


def test_mailbox_gets_three_confirmations_and_then_none_for_a_month(
    session: Session, now: datetime
) -> None:
    told = [_sign_up(session, now + n * DAY) for n in range(6)]
    assert told == [True] * 3 + [False] * 3
    last = now + 2 * DAY
    assert not _sign_up(session, last + REST - timedelta(hours=1))
    assert [_sign_up(session, last + REST + n * DAY) for n in range(4)] == [True] * 3 + [False]


def test_mailbox_is_the_same_however_its_address_is_spelt(session: Session, now: datetime) -> None:
    assert [_sign_up(session, now, one) for one in SPELLINGS] == [True] * 3
    more = [f"{'.'.join('victim')}+{n}@gmail.com" for n in range(20)]
    assert not any(_sign_up(session, now, one) for one in more)
    assert _sign_up(session, now, "somebody.else@gmail.com")


def test_mailbox_that_answers_is_counted_anew(session: Session, now: datetime) -> None:
    for n in range(MOST_UNANSWERED):
        assert _sign_up(session, now + n * DAY)
    reader = confirm(session, _reader(session).id, now + 3 * DAY, PAGE)
    leave(session, reader.id, now + 3 * DAY, PAGE)
    told = [_sign_up(session, now + n * DAY) for n in range(4, 9)]
    assert told == [True] * 3 + [False] * 2


def test_mailbox_of_who_comes_back_is_counted_anew(session: Session, now: datetime) -> None:
    for n in range(MOST_UNANSWERED):
        assert _sign_up(session, now + n * DAY)
    reader = _reader(session)
    leave(session, reader.id, now, PAGE)
    come_back(session, reader.id, now, PAGE)
    assert session.scalars(select(Mailbox)).all() == []


def test_erasing_a_reader_lets_nobody_begin_anew(session: Session, now: datetime) -> None:
    for n in range(MOST_UNANSWERED):
        assert _sign_up(session, now + n * DAY)
    erase(session, None, _reader(session).id, now, PAGE)
    session.expire_all()
    assert not _sign_up(session, now + 3 * DAY)


def test_links_and_new_addresses_count_with_the_confirmations(
    session: Session, now: datetime
) -> None:
    assert _sign_up(session, now)
    send_link(session, parse_address(SPELLINGS[0]), PEPPER, now)
    assert _leaves(session, _last(session).id, now)
    other = make_subscriber(session, "attacker@example.com")
    ask_new_address(session, other, parse_address(SPELLINGS[1]), PEPPER, now)
    assert _leaves(session, _last(session).id, now)
    ask_new_address(session, other, parse_address(SPELLINGS[2]), PEPPER, now)
    assert not _leaves(session, _last(session).id, now)
    assert not _sign_up(session, now, "victim+2@gmail.com")


def test_stranger_cannot_begin_anew_for_another_mailbox(session: Session, now: datetime) -> None:
    attacker = make_subscriber(session, "attacker@example.com")
    for n in range(MOST_UNANSWERED):
        ask_new_address(session, attacker, parse_address(SPELLINGS[n]), PEPPER, now + n * DAY)
        assert _leaves(session, _last(session).id, now + n * DAY)
    leave(session, attacker.id, now, PAGE)
    come_back(session, attacker.id, now, PAGE)
    ask_new_address(session, attacker, parse_address("victim+9@gmail.com"), PEPPER, now + 3 * DAY)
    assert not _leaves(session, _last(session).id, now + 3 * DAY)


def test_new_address_that_is_confirmed_is_an_answer(session: Session, now: datetime) -> None:
    reader = make_subscriber(session, "old@example.com")
    ask_new_address(session, reader, parse_address(SPELLINGS[0]), PEPPER, now)
    letter = _last(session)
    assert _leaves(session, letter.id, now)
    take_new_address(session, letter.id, PEPPER, now, PAGE)
    assert session.scalars(select(Mailbox)).all() == []


@pytest.mark.parametrize(
    ("state", "rest"), [(SubscriberState.ACTIVE, READERS_REST), (SubscriberState.LEFT, REST)]
)
def test_link_is_sent_three_times_a_day_to_who_reads_and_a_month_to_who_does_not(
    session: Session, now: datetime, state: SubscriberState, rest: timedelta
) -> None:
    address = parse_address("ada@example.com")
    make_subscriber(session, address.text, state=state)

    def is_sent(at: datetime) -> bool:
        send_link(session, address, PEPPER, at)
        return _leaves(session, _last(session).id, at)

    last = now + timedelta(hours=2)
    assert [is_sent(now + timedelta(hours=n)) for n in range(4)] == [True] * 3 + [False]
    assert not is_sent(last + rest - timedelta(minutes=20))
    assert is_sent(last + rest)


def test_letter_that_is_tried_again_counts_once(session: Session, now: datetime) -> None:
    letter_id = sign_up_now(session, SignupFields(parse_address(SPELLINGS[0])), now, PAGE)
    assert letter_id is not None
    for n in range(5):
        at = now + n * DAY
        opened = open_letter(session, letter_id, "w", at)
        assert opened is not None
        close_letter(session, opened, Refused("later", "Throttling"), at)
    assert session.scalars(select(Mailbox.n_unanswered)).all() == [1]


def test_letters_that_no_stranger_can_cause_are_not_counted(
    session: Session, now: datetime
) -> None:
    reader = make_subscriber(session, SPELLINGS[0])
    for _ in range(5):
        letter = queue_letter(session, LetterKind.WELCOME, subscriber_id=reader.id, now=now)
        assert open_letter(session, letter.id, "w", now)
    assert session.scalars(select(Mailbox)).all() == []


def test_counts_are_forgotten_once_they_hold_nobody_back(session: Session, now: datetime) -> None:
    _sign_up(session, now)
    forget_rested(session, now + REST - timedelta(seconds=1))
    assert session.scalars(select(Mailbox.digest)).all() == [
        mailbox_digest(parse_address(SPELLINGS[0]), PEPPER)
    ]
    forget_rested(session, now + REST)
    assert session.scalars(select(Mailbox)).all() == []
