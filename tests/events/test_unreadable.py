"""Events that a strict reader drops: what can be read counts, and the rest is counted and kept."""

import json
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.db.session import Job, Sessions, transaction
from app.enums import DeliveryState, EventState, SuppressionReason
from app.events.health import stream_health
from app.events.inbox import RawEvent, raw_event
from app.events.unreadable import apply_unreadable_again, list_unreadable
from app.models import Delivery, Event, Suppression
from tests.events.conftest import Tell, World
from tests.events.told import bounce, said

BROKEN = {
    "half a surrogate pair": '"Agent \\ud83d"',
    "no number": "NaN",
    "too deep": "[" * 3_000 + "]" * 3_000,
    "a number without end": "9" * 5_000,
    "a control character": '"Agent \t"',
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
@pytest.mark.parametrize("kind", ["Complaint", "Bounce"])
def test_event_counts_when_a_part_of_it_cannot_be_read(
    session: Session, world: World, tell: Tell, now: datetime, kind: str, broken: str
) -> None:
    session.add(world.written(0, now))
    session.commit()
    part = (bounce() if kind == "Bounce" else {}) | {"userAgent": "HERE"}
    tell(said(kind, now, delivery_id=world.tag(), part=part).replace('"HERE"', broken))
    assert session.scalars(select(Suppression.reason)).all() == [
        SuppressionReason.HARD_BOUNCE if kind == "Bounce" else SuppressionReason.COMPLAINT
    ]
    assert session.scalars(select(Event.state)).all() == [EventState.APPLIED]


def test_event_happened_when_it_came_where_its_time_cannot_be_read(
    session: Session, world: World, tell: Tell, now: datetime
) -> None:
    session.add(world.written(0, now))
    session.commit()
    told = json.loads(said("Complaint", now, delivery_id=world.tag()))
    told["mail"]["timestamp"] = told["complaint"]["timestamp"] = "yesterday"
    tell(json.dumps(told))
    assert session.scalars(select(Delivery.state)).all() == [DeliveryState.COMPLAINED]
    assert session.scalars(select(Event.happened_at)).all() == [now]


def test_message_of_the_queue_is_unwrapped_when_it_holds_half_a_surrogate_pair() -> None:
    wrapped = {"Type": "Notification", "MessageId": "0123-4567", "Message": "{} \ud83d"}
    assert raw_event(json.dumps(wrapped)) == RawEvent("0123-4567", "{} ?")


def test_unreadable_events_are_counted_listed_and_applied_again(
    session: Session, sessions: Sessions, world: World, tell: Tell, now: datetime
) -> None:
    session.add(world.written(0, now))
    session.commit()
    good = said("Complaint", now, delivery_id=world.tag())
    tell(good[: len(good) // 2])
    assert stream_health(session, now, now, now).n_unreadable == 1
    (event,) = list_unreadable(session, after=0, limit=10)
    assert (event.error, event.body) == ("not_json", good[: len(good) // 2])
    event.body = good  # as a later version that understands it would read it
    session.commit()
    jobs: list[Job] = []
    with transaction(sessions, jobs.extend) as own:
        assert apply_unreadable_again(own, CLI, now) == 1
    assert jobs == [("apply_events", ())]
    tell()
    assert session.scalars(select(Suppression.reason)).all() == [SuppressionReason.COMPLAINT]
    assert stream_health(session, now, now, now).n_unreadable == 0
