import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

import app
from app.enums import DeliveryState
from app.events.health import BACKLOG, Health, stream_health
from app.events.inbox import RawEvent, store
from tests.events.conftest import Tell, World
from tests.events.told import bounce, said

AROUND = timedelta(minutes=5)


def _health(session: Session, now: datetime) -> Health:
    return stream_health(session, now - AROUND, now + AROUND, now)


def test_stream_is_whole_when_every_accepted_mail_was_heard_of(
    session: Session, world: World, tell: Tell, now: datetime
) -> None:
    session.add_all([world.written(0, now), world.written(1, now)])
    session.commit()
    heard = [("Send", {}), ("Bounce", bounce())]
    for place, (kind, part) in enumerate(heard):
        assert not _health(session, now).is_whole
        tell(
            said(
                kind,
                now,
                delivery_id=world.tag(place),
                address=world.readers[place].address or "",
                part=part,
            )
        )
    health = _health(session, now)
    assert health.is_whole
    assert (health.n_accepted, health.n_heard, health.oldest_unheard_at) == (2, 2, None)
    assert (health.n_unapplied, health.last_received_at) == (0, now)


def test_stream_is_not_whole_when_a_mail_was_not_heard_of(
    session: Session, world: World, tell: Tell, now: datetime
) -> None:
    session.add_all([world.written(0, now), world.written(1, now - timedelta(minutes=1))])
    session.commit()
    tell(said("Delivery", now, delivery_id=world.tag()))
    health = _health(session, now)
    assert not health.is_whole
    assert (health.n_accepted, health.n_heard) == (2, 1)
    assert health.oldest_unheard_at == now - timedelta(minutes=1)


def test_stream_is_not_whole_when_nothing_was_accepted(
    session: Session, world: World, now: datetime
) -> None:
    assert not _health(session, now).is_whole


def test_stream_cannot_vouch_for_itself(
    session: Session, world: World, tell: Tell, now: datetime
) -> None:
    doubt = {"state": DeliveryState.IN_DOUBT, "provider_id": None, "reason": "worker_lost"}
    session.add_all([world.written(place, now, **doubt) for place in range(2)])
    session.commit()
    tell(said("Delivery", now, delivery_id=world.tag()))
    health = _health(session, now)
    assert (health.n_accepted, health.is_whole) == (0, False)


@pytest.mark.parametrize("state", [DeliveryState.FAILED, DeliveryState.SKIPPED])
def test_what_was_never_accepted_does_not_count(
    session: Session, world: World, tell: Tell, now: datetime, state: DeliveryState
) -> None:
    session.add(world.written(0, now))
    session.add(world.written(1, now, state=state, provider_id=None, reason="no"))
    session.commit()
    tell(said("Send", now, delivery_id=world.tag()))
    assert _health(session, now).is_whole


def test_only_the_time_asked_for_counts(
    session: Session, world: World, tell: Tell, now: datetime
) -> None:
    session.add(world.written(0, now - AROUND))
    session.add(world.written(1, now + AROUND))
    session.commit()
    assert _health(session, now).n_accepted == 1
    world.issue.sent_at = now - AROUND - timedelta(seconds=1)
    session.commit()
    assert _health(session, now).n_accepted == 0


def test_stream_is_late_when_events_lie_unapplied(
    session: Session, world: World, tell: Tell, now: datetime
) -> None:
    session.add(world.written(0, now))
    session.commit()
    tell(said("Send", now, delivery_id=world.tag()))
    store(session, [RawEvent("new", "x")], now)
    assert stream_health(session, now - AROUND, now + AROUND, now + BACKLOG).is_whole
    late = stream_health(session, now - AROUND, now + AROUND, now + BACKLOG + timedelta(seconds=1))
    assert not late.is_whole
    assert (late.n_unapplied, late.unapplied_since) == (1, now)


def test_how_an_acceptance_is_known_is_read_from_its_column_alone() -> None:
    root = Path(app.__file__).parent
    combined = r"call_id(\.is_(not)?\(None\)| IS( NOT)? NULL)"
    known_otherwise = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        if re.search(combined, path.read_text())
    }
    assert known_otherwise == set()
