"""`devoured events` and `setbacks`, and the listener as production starts it."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.cli.running import heartbeat_file
from app.delivery.alone import note_setback
from app.delivery.reach import note_unreached
from app.enums import EventState
from app.models import Event
from app.settings import Settings
from app.transports.base import Refused
from localdev.processes import Child, start_child, stop, wait_until
from tests.cli.conftest import Devoured, environment_of
from tests.events.sqs import QUEUE_URL, Sqs, serving
from tests.events.told import envelope, said

AT = datetime(2026, 11, 23, 6, tzinfo=UTC)


@pytest.fixture
def queue() -> Iterator[Sqs]:
    with serving() as sqs:
        yield sqs


@contextmanager
def _listening(folder: Path, settings: Settings, url: str) -> Iterator[Child]:
    """Run the command in a process of its own, which must end cleanly when it is told to."""
    aws = {
        "AWS_ENDPOINT_URL_SQS": url,
        "AWS_ACCESS_KEY_ID": "tests",
        "AWS_SECRET_ACCESS_KEY": "tests",
        "AWS_MAX_ATTEMPTS": "1",
    }
    child = start_child(
        "listen",
        [sys.executable, "-m", "app.cli", "listen"],
        log=folder / "listen.log",
        cwd=folder,
        env=environment_of(settings) | {"DEVOURED_EVENTS_QUEUE_URL": QUEUE_URL} | aws,
    )
    try:
        yield child
    finally:
        assert stop(child, 30) == 0


def test_listener_stores_what_comes_and_is_well_while_its_queue_answers(
    cli: Devoured, settings: Settings, session: Session, tmp_path: Path, queue: Sqs
) -> None:
    for number in range(25):
        body = said("Delivery", AT, delivery_id=f"1-{number}")
        queue.put(envelope(body, message_id=f"message-{number:08}"))
    assert cli("healthy", "listen").code == 1
    with _listening(tmp_path, settings, queue.url) as child:
        wait_until(lambda: queue.messages == {}, 60)
        assert cli("healthy", "listen").out == "listen answers.\n"
        os.kill(child.process.pid, signal.SIGTERM)
        wait_until(lambda: child.process.poll() is not None, 60)
    assert session.scalar(select(func.count()).select_from(Event)) == 25
    assert cli("healthy", "listen").code == 1
    assert "reader1@" not in child.log.read_text()


def test_listener_is_not_well_when_its_queue_refuses(
    cli: Devoured, settings: Settings, tmp_path: Path, queue: Sqs
) -> None:
    queue.refuses = 1_000_000
    with _listening(tmp_path, settings, queue.url) as child:
        wait_until(lambda: "queue_not_read" in child.log.read_text(), 60)
        assert cli("healthy", "listen").code == 1


def test_sign_of_life_ends_by_itself(
    cli: Devoured, settings: Settings, valkey_url: str, tmp_path: Path, queue: Sqs
) -> None:
    with Redis.from_url(valkey_url) as valkey, _listening(tmp_path, settings, queue.url):
        wait_until(lambda: cli("healthy", "listen").code == 0, 60)
        assert 0 < int(valkey.ttl(heartbeat_file())) <= 60


def test_listen_is_one_line_and_exits_2_when_there_is_no_queue(cli: Devoured) -> None:
    ran = cli("listen")

    assert ran.code == 2
    assert (
        ran.err == "devoured: settings: DEVOURED_EVENTS_QUEUE_URL: no queue is set to listen to.\n"
    )


def test_events_are_shown_and_the_unreadable_ones_applied_again(
    cli: Devoured, session: Session
) -> None:
    silent = cli("events")
    assert (silent.code, silent.err) == (0, "")
    assert silent.out == (
        "Of the last hour 0 of 0 accepted mails heard of; 0 waiting to be applied;"
        " last event: none has come yet.\n"
    )
    at = datetime(2026, 11, 23, 6, tzinfo=UTC)
    session.add(
        Event(
            unique_id="x", received_at=at, body="{", error="not_json", state=EventState.UNREADABLE
        )
    )
    session.commit()
    shown = cli("events")
    assert "1 event of the last 30 days could not be read:" in shown.out
    assert "2026-11-23 06:00 UTC  event " in shown.out
    assert "apply-again" in shown.err
    assert cli("events", "apply-again").out == "1 event will be read again.\n"
    assert "1 waiting to be applied" in cli("events").out


def test_setbacks_are_said_with_reason_and_since_when(
    cli: Devoured, session: Session, now: datetime
) -> None:
    ran = cli("setbacks")
    assert (ran.code, ran.out, ran.err) == (0, "", "Nothing fails just now.\n")
    note_setback(session, "tidy: events", "no room", now)
    session.commit()
    ran = cli("setbacks")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        "tidy: events: no room\n  1 time since 2026-11-23 06:00 UTC, last at 2026-11-23 06:00 UTC\n"
    )


def test_setbacks_say_first_that_the_provider_cannot_be_reached(
    cli: Devoured, session: Session, now: datetime
) -> None:
    note_unreached(session, Refused("unreached", "EndpointConnectionError"), now)
    session.commit()
    ran = cli("setbacks")
    assert ran.out.startswith("The provider cannot be reached since 2026-11-23 06:00 UTC.")
    assert "Nothing is lost" in ran.out
    assert "docs/incidents.md#the-provider-cannot-be-reached" in ran.out
