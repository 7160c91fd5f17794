from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.session import Sessions, transaction
from app.enums import EventState
from app.events.inbox import KEPT_FOR, RawEvent, forget_old_events, raw_event, store
from app.models import Event
from tests.events.told import envelope, said


def test_event_is_stored_once_when_it_comes_again(session: Session, now: datetime) -> None:
    events = [RawEvent("a", "one"), RawEvent("b", "two"), RawEvent("a", "one")]
    assert store(session, events, now) == 2
    assert store(session, [RawEvent("b", "other")], now) == 0
    rows = session.scalars(select(Event).order_by(Event.unique_id)).all()
    assert [(row.unique_id, row.body, row.state) for row in rows] == [
        ("a", "one", EventState.NEW),
        ("b", "two", EventState.NEW),
    ]


def test_storing_rings_only_when_something_is_new(sessions: Sessions, now: datetime) -> None:
    jobs: list[object] = []
    for _ in range(2):
        with transaction(sessions, jobs.append) as session:
            store(session, [RawEvent("a", "one")], now)
            store(session, [], now)
    assert jobs == [[("apply_events", ())]]


@pytest.mark.parametrize(
    "body", ["", "\x00", "a\x00b", "half \ud800 pair", "é ✓ 𝄞", '"\\u0000"', "x" * 300_000]
)
def test_body_is_stored_when_postgresql_could_not_hold_it(
    session: Session, now: datetime, body: str
) -> None:
    assert store(session, [raw_event(body)], now) == 1
    kept = session.scalars(select(Event.body)).one()
    assert len(kept) == len(body)
    assert "\x00" not in kept


def test_envelope_is_unwrapped_and_gives_its_id(now: datetime) -> None:
    message = said("Send", now)
    event = raw_event(envelope(message, "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324"))
    assert event == RawEvent("22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324", message)
    assert "reader1" not in repr(event)


@pytest.mark.parametrize("message_id", ["", "short", "x" * 3000, "a b c d e f", "id\u0000id-id-id"])
def test_envelope_gets_a_hash_when_its_id_is_none(message_id: str) -> None:
    event = raw_event(envelope("told", message_id))
    assert event.body == "told"
    assert event.unique_id.startswith("sha256-")


@pytest.mark.parametrize(
    "body", ["", "not json", "[]", '{"Type": "Notification"}', '{"eventType": "Send"}', "\ud800"]
)
def test_anything_else_is_kept_as_it_came_under_its_hash(body: str) -> None:
    event = raw_event(body)
    assert event.body == body
    assert event == raw_event(body)
    assert event.unique_id.startswith("sha256-")


def test_old_events_are_forgotten_but_for_those_that_wait(session: Session, now: datetime) -> None:
    long_ago = now - KEPT_FOR - timedelta(seconds=1)
    for state in EventState:
        for at in (long_ago, now - KEPT_FOR):
            event = Event(unique_id=f"{state}-{at}", received_at=at, body="", state=state)
            session.add(event)
    session.flush()
    assert forget_old_events(session, now, limit=2) == 2
    assert forget_old_events(session, now) == 2
    left = session.scalars(select(Event.state).where(Event.received_at == long_ago)).all()
    assert set(left) == {EventState.NEW, EventState.WAITING}
    assert session.scalar(select(func.count()).select_from(Event)) == 8
