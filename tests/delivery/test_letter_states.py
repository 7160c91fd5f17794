"""A Letter's state: each step of it is one function, and they all stand in one module."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, text, true
from sqlalchemy.orm import Session

from app.delivery.letters import (
    open_letter,
    queue_letter,
    queueing_sql,
    requeue_letter,
    settle_letters,
)
from app.enums import DeliveryState, LetterKind
from app.models import Letter
from tests.factories import make_subscriber
from tests.writes import Column, homes


def _rows(session: Session) -> list[tuple[object, ...]]:
    session.expire_all()
    names = {column.name for column in Letter.__table__.columns} - {"id", "public_id"}
    rows = session.scalars(select(Letter).order_by(Letter.id))
    return [tuple(getattr(row, name) for name in sorted(names)) for row in rows]


def test_letter_queued_by_a_statement_is_as_one_queued_alone(
    session: Session, now: datetime
) -> None:
    reader = make_subscriber(session)
    kind = LetterKind.CONFIRMATION
    queue_letter(session, kind, subscriber_id=reader.id, mailbox=b"digest", now=now)
    insert = text(f"{queueing_sql(kind)} FROM subscribers")
    session.execute(insert, {"mailbox": b"digest", "now": now})
    alone, by_statement = _rows(session)
    assert alone == by_statement


def test_letter_waits_goes_waits_again_and_is_settled_once(session: Session, now: datetime) -> None:
    letter = queue_letter(session, LetterKind.TEST, address="ada@example.com", now=now)
    assert open_letter(session, letter.id, "one", now) is not None
    assert open_letter(session, letter.id, "two", now) is None
    assert settle_letters(session, true(), DeliveryState.SKIPPED, "erased", now) == 0
    requeue_letter(letter, now + timedelta(minutes=1))
    session.flush()
    assert open_letter(session, letter.id, "two", now) is None
    for n_settled in (1, 0):
        settled = settle_letters(session, true(), DeliveryState.SKIPPED, "erased", now)
        assert settled == n_settled
    session.refresh(letter)
    assert (letter.state, letter.reason, letter.settled_at) == ("skipped", "erased", now)
    assert letter.attempt == 1


_STATE: Final = Column("letters", "Letter", "state", names=("letter",))


def test_state_of_a_letter_is_written_in_one_module() -> None:
    assert homes(_STATE) == {"delivery/letters.py"}
