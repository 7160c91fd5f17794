"""Silence means what the stream's health means, for many windows at the price of one look."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

import app.events
from app.delivery.timing import USUAL
from app.events.health import stream_health
from app.events.inbox import RawEvent, store
from app.events.silence import Silence, silent_since
from app.models import Call
from app.settings import Settings
from tests.events.conftest import Tell, World, make_world
from tests.events.told import received, said

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
AROUND = USUAL.around


def _whole(session: Session, at: datetime, now: datetime) -> bool:
    return Silence(now).is_whole(session, at - AROUND, at + AROUND)


def test_silence_means_something_when_all_was_heard_of(
    session: Session, world: World, tell: Tell, now: datetime
) -> None:
    session.add(world.written(0, now))
    session.commit()
    assert not _whole(session, now, now + SECOND)
    tell(said("Send", now, delivery_id=world.tag()))
    assert _whole(session, now, now + SECOND)


def test_silence_means_nothing_when_a_mail_was_not_heard_of(
    session: Session, world: World, tell: Tell, now: datetime
) -> None:
    session.add_all([world.written(0, now), world.written(1, now - timedelta(minutes=1))])
    session.commit()
    tell(said("Send", now, delivery_id=world.tag()))
    assert not _whole(session, now, now + SECOND)


def test_silence_means_nothing_when_nothing_was_accepted(
    session: Session, world: World, tell: Tell, now: datetime
) -> None:
    tell(said("Send", now, delivery_id="7-7"))
    assert not _whole(session, now, now + SECOND)


def test_mail_to_us_vouches_for_nothing(
    session: Session, world: World, tell: Tell, now: datetime
) -> None:
    session.add(world.written(0, now - MINUTE))
    session.commit()
    tell(said("Send", now - MINUTE, delivery_id=world.tag()), at=now - MINUTE)
    tell(received(now, ["leave@in.example.com"]))
    assert stream_health(session, now - AROUND, now, now).last_received_at == now - MINUTE
    assert not Silence(now).is_whole(session, now - MINUTE + SECOND, now + MINUTE)


def test_silence_means_nothing_while_events_lie_unapplied(
    session: Session, world: World, tell: Tell, now: datetime
) -> None:
    session.add(world.written(0, now))
    session.commit()
    tell(said("Send", now, delivery_id=world.tag()))
    store(session, [RawEvent("new", "x")], now)
    assert _whole(session, now, now + USUAL.backlog)
    assert not _whole(session, now, now + USUAL.backlog + SECOND)


@pytest.mark.parametrize("seed", range(8))
def test_silence_is_never_laxer_than_the_health_of_its_window(
    session: Session, tell: Tell, now: datetime, seed: int
) -> None:
    random = Random(seed)
    world = make_world(session, now - timedelta(hours=2), n_readers=12)
    heard = []
    for place in range(12):
        at = now - timedelta(seconds=random.randrange(3000))
        session.add(world.written(place, at))
        if random.random() < 0.9:
            heard.append(
                said(
                    "Send",
                    at,
                    delivery_id=world.tag(place),
                    address=world.readers[place].address or "",
                )
            )
    session.commit()
    tell(*heard)
    silence = Silence(now + timedelta(minutes=5))
    for seconds in range(0, 3000, 97):
        at = now - timedelta(seconds=seconds)
        window = (at - AROUND, at + AROUND)
        if silence.is_whole(session, *window):
            assert stream_health(session, *window, now + timedelta(minutes=5)).is_whole


@pytest.mark.parametrize("seed", range(4))
def test_silence_means_the_same_as_health_when_nothing_is_at_the_edges(
    session: Session, tell: Tell, now: datetime, seed: int
) -> None:
    random = Random(seed)
    world = make_world(session, now - timedelta(hours=2), n_readers=12)
    silence, later = Silence(now + timedelta(minutes=5)), now + timedelta(minutes=5)
    heard = []
    for place, minutes in enumerate(random.sample(range(50), 12)):
        at = now - timedelta(minutes=minutes)
        session.add(world.written(place, at))
        if random.random() < 0.8:
            address = world.readers[place].address or ""
            heard.append(said("Send", at, delivery_id=world.tag(place), address=address))
    session.commit()
    tell(*heard)
    told = []
    for minutes in range(50):
        at = now - timedelta(minutes=minutes, seconds=30)
        window = (at - AROUND, at + AROUND)
        told.append(silence.is_whole(session, *window))
        assert told[-1] is stream_health(session, *window, later).is_whole
    assert {True, False} == set(told)


def test_what_was_accepted_is_asked_for_in_one_place() -> None:
    folder = Path(app.events.__file__).parent
    asking = {
        path.name
        for path in folder.glob("*.py")
        if re.search(r"\.accepted_by == AcceptedBy\.ANSWER|n_accepted ==", path.read_text())
    }
    assert asking == {"health.py"}


@pytest.mark.parametrize(("is_heard", "n_looks"), [(True, 1), (False, 0)])
def test_ledger_is_looked_at_once_for_many_doubts_and_never_without_events(
    session: Session, world: World, tell: Tell, now: datetime, *, is_heard: bool, n_looks: int
) -> None:
    session.add(world.written(0, now))
    session.commit()
    if is_heard:
        tell(said("Send", now, delivery_id=world.tag()))
    asked: list[str] = []
    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    silence = Silence(now + timedelta(minutes=20))
    for minute in range(50):
        at = now + timedelta(minutes=minute / 10)
        silence.is_whole(session, at - AROUND, at + AROUND)
    assert sum("FROM deliveries" in statement for statement in asked) == n_looks


def test_no_event_after_a_mail_is_silence_once_one_should_have_come(
    session: Session, settings: Settings, world: World, tell: Tell, now: datetime
) -> None:
    session.add(world.written(0, now))
    session.get_one(Call, world.call.id).closed_at = now
    session.commit()
    assert silent_since(session, settings, now + 14 * MINUTE) is None
    assert silent_since(session, settings, now + 16 * MINUTE) == now
    by_smtp = settings.model_copy(update={"transport": "smtp"})
    assert silent_since(session, by_smtp, now + 16 * MINUTE) is None
    assert silent_since(session, settings, now + 25 * 60 * MINUTE) is None
    tell(said("Send", now, delivery_id=world.tag()), at=now + MINUTE)
    assert silent_since(session, settings, now + 20 * MINUTE) is None


def test_silence_begins_with_the_last_event(
    session: Session, settings: Settings, world: World, tell: Tell, now: datetime
) -> None:
    session.add(world.written(0, now))
    tell(said("Send", now, delivery_id=world.tag()), at=now)
    session.add(world.written(1, now + MINUTE))
    session.get_one(Call, world.call.id).closed_at = now + MINUTE
    session.commit()
    assert silent_since(session, settings, now + 20 * MINUTE) == now
