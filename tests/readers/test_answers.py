"""What was asked for an address is answered by a worker: each alone, those of one in order."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from app.addresses import parse_address
from app.db.session import Job, Sessions, transaction
from app.enums import ConsentSource, Depth, LetterKind
from app.models import Ask, Letter, Subscriber
from app.readers.answers import MOST_TRIES, answer_asks
from app.readers.asks import ask_link, ask_sign_up, enqueue_asks
from app.readers.consent import Origin
from app.readers.signup import SignupFields
from tests.factories import PEPPER, make_category, make_subscriber

PAGE = Origin(ConsentSource.PAGE)
ADA = "ada@example.com"


@pytest.fixture(autouse=True)
def _category(session: Session) -> None:
    make_category(session)
    session.commit()


def _ask(sessions: Sessions, address: str, now: datetime, depth: Depth = Depth.BRIEF) -> None:
    with transaction(sessions) as session:
        ask_sign_up(session, SignupFields(parse_address(address), depth=depth), PAGE, now)


def _answer(sessions: Sessions, now: datetime) -> list[Job]:
    jobs: list[Job] = []
    answer_asks(sessions, PEPPER, lambda: now, jobs.extend)
    return jobs


def _n_waiting(session: Session) -> int:
    session.expire_all()
    return len(session.scalars(select(Ask)).all())


def test_sign_up_is_answered_once_and_its_row_goes(
    session: Session, sessions: Sessions, now: datetime
) -> None:
    _ask(sessions, ADA, now)
    assert session.scalars(select(Subscriber)).all() == []
    letter_id = 1
    assert _answer(sessions, now) == [("send_letter", (letter_id,))]
    assert _answer(sessions, now) == []
    assert session.scalars(select(Letter.id)).all() == [letter_id]
    assert _n_waiting(session) == 0


def test_last_choice_holds_when_several_wait(
    session: Session, sessions: Sessions, now: datetime
) -> None:
    for depth in (Depth.DEEP, Depth.BRIEF, Depth.HEADLINES):
        _ask(sessions, ADA, now, depth)
    _answer(sessions, now)
    assert session.scalars(select(Subscriber.depth)).all() == [Depth.HEADLINES]


def test_second_of_an_address_waits_while_another_worker_has_the_first(
    session: Session, sessions: Sessions, now: datetime
) -> None:
    for address in (ADA, ADA, "grace@example.com"):
        _ask(sessions, address, now)
    with transaction(sessions) as other:
        other.scalars(select(Ask).order_by(Ask.id).limit(1).with_for_update()).one()
        _answer(sessions, now)
        assert session.scalars(select(Subscriber.address)).all() == ["grace@example.com"]
    _answer(sessions, now)
    assert _n_waiting(session) == 0


def test_link_goes_to_who_is_known_and_to_nobody_else(
    session: Session, sessions: Sessions, now: datetime
) -> None:
    reader = make_subscriber(session, ADA)
    session.commit()
    with transaction(sessions) as other:
        for address in (ADA, "nobody@example.com"):
            ask_link(other, parse_address(address), now, is_limited=False)
    _answer(sessions, now)
    rows = session.execute(select(Letter.kind, Letter.subscriber_id)).all()
    assert [tuple(row) for row in rows] == [(LetterKind.PREFERENCES_LINK, reader.id)]


def test_nothing_is_done_for_one_whose_limit_was_used_up(
    session: Session, sessions: Sessions, now: datetime
) -> None:
    reader = make_subscriber(session, "known@example.com")
    session.commit()
    with transaction(sessions) as other:
        ask_sign_up(other, SignupFields(parse_address(ADA)), PAGE, now, is_limited=True)
        ask_link(other, parse_address("known@example.com"), now, is_limited=True)
    assert _answer(sessions, now) == []
    assert _n_waiting(session) == 0
    assert session.scalars(select(Subscriber.id)).all() == [reader.id]


_REFUSE = """
CREATE FUNCTION refuse_reader() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE check_violation USING MESSAGE = 'refused'; END $$;
CREATE TRIGGER refuse_reader BEFORE INSERT ON subscribers FOR EACH ROW
    WHEN (NEW.address_key = 'ada@example.com') EXECUTE FUNCTION refuse_reader();
"""


def test_one_that_fails_holds_up_no_other_and_is_tried_again_for_a_day(
    session: Session, sessions: Sessions, engine: Engine, now: datetime
) -> None:
    with engine.begin() as connection:
        connection.execute(text(_REFUSE))
    try:
        for address in (ADA, "grace@example.com"):
            _ask(sessions, address, now)
        assert _answer(sessions, now) == [("send_letter", (1,))]
        assert session.scalars(select(Subscriber.address)).all() == ["grace@example.com"]
        assert (_n_waiting(session), _answer(sessions, now)) == (1, [])
        at, n_tries = now, 1
        while ask := session.scalars(select(Ask)).one_or_none():
            assert ask.n_tries == n_tries
            at = ask.retry_at or at
            _answer(sessions, at)
            session.expire_all()
            n_tries += 1
        assert n_tries == MOST_TRIES
        assert timedelta(hours=8) < at - now < timedelta(days=1)
    finally:
        session.rollback()
        with engine.begin() as connection:
            connection.execute(text("DROP FUNCTION refuse_reader() CASCADE"))


def test_bell_rings_for_what_waits(session: Session, sessions: Sessions, now: datetime) -> None:
    jobs: list[Job] = []
    with transaction(sessions, jobs.extend) as other:
        enqueue_asks(other)
    assert jobs == []
    _ask(sessions, ADA, now)
    with transaction(sessions, jobs.extend) as other:
        enqueue_asks(other)
    assert jobs == [("answer_asks", ())]
