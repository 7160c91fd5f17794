import threading
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from app.db.session import Job, Sessions
from app.enums import EventState
from app.events.apply import apply_new
from app.events.queue import (
    RECEIVED_AT_ONCE,
    STORED_AT_ONCE,
    STORED_CHARACTERS,
    listen,
    make_queue_client,
    poll_once,
)
from app.models import Event
from tests.events.sqs import QUEUE_URL, Sqs, serving
from tests.events.told import envelope, said
from tests.factories import PEPPER, SIGNER


@pytest.fixture
def sqs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sqs]:
    """Serve a queue over HTTP; boto3's credentials are in its environment, as in production."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tests")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "tests")
    with serving() as running:
        yield running


@pytest.fixture
def client(sqs: Sqs) -> Iterator[Any]:
    made = make_queue_client("eu-west-1", endpoint_url=sqs.url)
    yield made
    made.close()


def _poll(client: Any, sessions: Sessions, now: datetime, enqueued: list[list[Job]]) -> int:
    return poll_once(
        client, QUEUE_URL, sessions, lambda: now, wait_seconds=0, enqueue_now=enqueued.append
    )


def test_messages_are_stored_and_then_deleted(
    session: Session, sessions: Sessions, sqs: Sqs, client: Any, now: datetime
) -> None:
    enqueued: list[list[Job]] = []
    bodies = [envelope(said("Send", now), f"message-{number:04}") for number in range(25)]
    for body in bodies:
        sqs.put(body)
    sqs.before_delete = lambda: sqs.seen.append(
        session.scalar(select(func.count()).select_from(Event)) or 0
    )
    assert _poll(client, sessions, now, enqueued) == 25
    assert sqs.seen[0] == 25
    assert sqs.messages == {}
    rows = session.scalars(select(Event).order_by(Event.unique_id)).all()
    assert [row.unique_id for row in rows] == [f"message-{number:04}" for number in range(25)]
    assert {(row.state, row.received_at, row.body) for row in rows} == {
        (EventState.NEW, now, said("Send", now))
    }
    assert enqueued == [[("apply_events", ())]]


def test_nothing_is_done_when_the_queue_is_empty(
    session: Session, sessions: Sessions, client: Any, now: datetime
) -> None:
    enqueued: list[list[Job]] = []
    assert _poll(client, sessions, now, enqueued) == 0
    assert enqueued == []


def test_message_is_stored_once_when_it_could_not_be_deleted(
    session: Session, sessions: Sessions, sqs: Sqs, client: Any, now: datetime
) -> None:
    sqs.put(envelope(said("Send", now)))
    sqs.put(said("Send", now))
    sqs.fails_to_delete = True
    assert _poll(client, sessions, now, []) == 2
    sqs.hidden.clear()
    assert _poll(client, sessions, now, []) == 2
    assert session.scalar(select(func.count()).select_from(Event)) == 2
    assert len(sqs.messages) == 2


def test_message_stays_in_the_queue_when_it_was_not_stored(
    session: Session, sessions: Sessions, sqs: Sqs, client: Any, now: datetime
) -> None:
    sqs.put(envelope(said("Send", now)))
    session.execute(text("ALTER TABLE events RENAME TO events_away"))
    session.commit()
    try:
        with pytest.raises(SQLAlchemyError):
            _poll(client, sessions, now, [])
    finally:
        session.execute(text("ALTER TABLE events_away RENAME TO events"))
        session.commit()
    assert len(sqs.messages) == 1
    sqs.hidden.clear()
    assert _poll(client, sessions, now, []) == 1


def test_unreadable_messages_are_kept_and_the_rest_goes_on(
    session: Session, sessions: Sessions, sqs: Sqs, client: Any, now: datetime
) -> None:
    bodies = ["not json", "{}", '{"Type": "Notification"}', "a\x00b", "[" * 2000, "x" * 200_000]
    for body in (*bodies, envelope(said("Send", now, delivery_id="7-7"))):
        sqs.put(body)
    assert _poll(client, sessions, now, []) == 7
    assert sqs.messages == {}
    assert apply_new(session, 100, PEPPER, SIGNER, now) == 7
    states = session.scalars(select(Event.state).order_by(Event.id)).all()
    assert sorted(states) == ["ignored", *["unreadable"] * 6]


def test_one_poll_takes_no_more_than_one_transaction_should(
    session: Session, sessions: Sessions, sqs: Sqs, client: Any, now: datetime
) -> None:
    for number in range(STORED_AT_ONCE + 7):
        sqs.put(f"message {number}")
    assert _poll(client, sessions, now, []) == STORED_AT_ONCE
    assert _poll(client, sessions, now, []) == 7


def test_listener_goes_on_after_a_fault_and_stops_when_told(
    session: Session, sessions: Sessions, sqs: Sqs, client: Any, now: datetime
) -> None:
    sqs.put(envelope(said("Send", now)))
    sqs.refuses = 4  # more than boto3 tries by itself
    stop, stored = threading.Event(), threading.Event()
    listener = threading.Thread(
        target=listen,
        args=(client, QUEUE_URL, sessions, lambda: now, stop),
        kwargs={"enqueue_now": lambda _: stored.set(), "wait_seconds": 0},
    )
    with capture_logs() as logged:
        listener.start()
        assert stored.wait(30)
        stop.set()
        listener.join(30)
    assert not listener.is_alive()
    refused = [entry["error"] for entry in logged if entry["event"] == "queue_not_read"]
    assert set(refused) == {"ClientError InternalError"}
    assert session.scalar(select(func.count()).select_from(Event)) == 1


def test_poll_says_so_when_the_queue_refuses(
    sessions: Sessions, sqs: Sqs, client: Any, now: datetime
) -> None:
    sqs.refuses = 10
    with pytest.raises(ClientError):
        _poll(client, sessions, now, [])


def test_so_much_text_is_taken_at_once_and_the_rest_the_next_time(
    sessions: Sessions, sqs: Sqs, client: Any, now: datetime
) -> None:
    long = "x" * (STORED_CHARACTERS // RECEIVED_AT_ONCE)
    for number in range(2 * RECEIVED_AT_ONCE):
        sqs.put(f"{number} {long}")
    for n_expected in (RECEIVED_AT_ONCE, RECEIVED_AT_ONCE, 0):
        assert _poll(client, sessions, now, []) == n_expected
