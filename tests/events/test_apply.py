from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.session import Sessions, transaction
from app.enums import DeliveryState, EventKind, EventState
from app.events.apply import apply_new
from app.events.inbox import RawEvent, store
from app.events.stored import UNTAGGED_WAITS_FOR, WAITS_FOR
from app.models import AcceptedBy, Delivery, Event, Suppression
from tests.events.conftest import Tell, World
from tests.events.told import bounce, complaint, notified, said
from tests.factories import PEPPER, SIGNER

LATER = timedelta(minutes=2)


def _only(session: Session) -> Event:
    return session.scalars(select(Event)).one()


def _states(session: Session) -> list[str]:
    return [state.value for state in session.scalars(select(Event.state).order_by(Event.id))]


def test_delivery_moves_when_its_event_comes(
    session: Session, world: World, tell: Tell, now: datetime
) -> None:
    session.add(world.written(0, now))
    session.commit()
    heard = [("Send", now), ("Delivery", now + LATER)]
    messages = [said(kind, at, delivery_id=world.tag(), provider_id="m-1") for kind, at in heard]
    assert tell(*messages) == 2
    row = session.scalars(select(Delivery)).one()
    assert (row.state, row.event_at) == (DeliveryState.DELIVERED, now + LATER)
    assert (row.provider_id, row.attempt, row.at, row.reason) == ("m-1", 1, now, None)


def test_event_is_noted_and_its_text_dropped_when_it_was_good_news(
    session: Session, world: World, tell: Tell, now: datetime
) -> None:
    session.add(world.written(0, now))
    session.commit()
    tell(said("Send", now, delivery_id=world.tag(), attempt=1, provider_id="m-1"))
    event = _only(session)
    assert (event.state, event.kind) == (EventState.APPLIED, EventKind.SENT)
    assert (event.delivery_id, event.attempt, event.provider_id) == (world.tag(), 1, "m-1")
    assert (event.happened_at, event.applied_at) == (now, now)
    assert event.body == ""


def test_text_is_kept_when_somebody_may_ask_why(
    session: Session, world: World, tell: Tell, now: datetime
) -> None:
    session.add(world.written(0, now))
    session.commit()
    tell(said("Bounce", now, delivery_id=world.tag(), part=bounce()))
    assert "diagnostic" in _only(session).body or "5.1.1" in _only(session).body


@pytest.mark.parametrize(
    "state",
    [*(DeliveryState.IN_DOUBT, DeliveryState.QUEUED, DeliveryState.FAILED, DeliveryState.SKIPPED)],
)
def test_event_proves_acceptance_when_nobody_knew(
    session: Session, world: World, tell: Tell, now: datetime, state: DeliveryState
) -> None:
    session.add(world.written(0, now, state=state, provider_id=None, reason="worker_lost"))
    session.commit()
    tell(said("DeliveryDelay", now, delivery_id=world.tag(), attempt=2, provider_id="m-1"))
    row = session.scalars(select(Delivery)).one()
    assert (row.state, row.provider_id, row.reason) == (DeliveryState.ACCEPTED, "m-1", None)
    assert (row.attempt, row.accepted_by) == (2, AcceptedBy.EVENT)


def test_event_waits_when_its_delivery_is_not_written_yet(
    session: Session, world: World, tell: Tell, now: datetime
) -> None:
    message = said("Delivery", now, delivery_id=world.tag(), provider_id="answer-0")
    assert tell(message) == 1
    assert _only(session).state == EventState.WAITING
    assert tell() == 0
    session.add(world.written(0, now))
    session.commit()
    assert tell() == 1
    assert session.scalars(select(Delivery.state)).one() == DeliveryState.DELIVERED
    assert _only(session).state == EventState.APPLIED


def test_event_is_given_up_when_its_delivery_never_comes(
    session: Session, world: World, tell: Tell, now: datetime
) -> None:
    tell(said("Delivery", now, delivery_id=world.tag()))
    tell(at=now + WAITS_FOR - timedelta(seconds=1))
    assert _only(session).state == EventState.WAITING
    tell(at=now + WAITS_FOR)
    event = _only(session)
    assert (event.state, event.error, event.body) == (EventState.IGNORED, "no_delivery", "")


@pytest.mark.parametrize(
    "delivery_id",
    [
        *("0-1", "1-0", "01-1", "1-1-1", "-1-1", "letter-0", "letter-77", "letter-", "Letter-1"),
        *("9999-1", "1-9999", "999999999999999999-1", "1-999999999999999999", "9" * 40 + "-1"),
        *("hello", "a_b-c"),
    ],
)
def test_event_is_ignored_when_its_tag_is_none_of_ours(
    session: Session, world: World, tell: Tell, now: datetime, delivery_id: str
) -> None:
    session.add(world.written(0, now))
    session.commit()
    tell(said("Complaint", now, delivery_id=delivery_id, part=complaint()))
    assert _states(session) == ["ignored"]
    assert _only(session).body == ""
    assert session.scalars(select(Delivery.state)).one() == DeliveryState.ACCEPTED
    assert session.scalars(select(Suppression)).all() == []


@pytest.mark.parametrize("message", ["", "not json", "{}", '{"eventType": "Send"}', "\x00"])
def test_unreadable_event_is_kept_and_stops_nobody(
    session: Session, world: World, tell: Tell, now: datetime, message: str
) -> None:
    session.add(world.written(0, now))
    session.commit()
    tell(message, said("Delivery", now, delivery_id=world.tag()))
    assert _states(session) == ["unreadable", "applied"]
    assert tell() == 0
    found = session.scalars(select(Event).where(Event.state == EventState.UNREADABLE)).one()
    assert found.error in {"not_json", "no_type", "no_message_id"}
    assert len(found.body) == len(message)


def test_greeting_is_ignored(session: Session, world: World, tell: Tell) -> None:
    tell("Successfully validated SNS topic for Amazon SES event publishing.")
    assert _states(session) == ["ignored"]


def test_untagged_notification_finds_the_mail_by_address_and_provider_id(
    session: Session, world: World, tell: Tell, now: datetime
) -> None:
    address = world.readers[1].address or ""
    message = notified(
        "Bounce", now, bounce(), destination=[address.upper()], provider_id="answer-1"
    )
    tell(message)
    assert _states(session) == ["waiting"]
    session.add_all([world.written(0, now), world.written(1, now)])
    session.commit()
    assert tell() == 0
    assert tell(at=now + LATER) == 1
    rows = session.scalars(select(Delivery).order_by(Delivery.subscriber_id)).all()
    assert [row.state for row in rows] == [DeliveryState.ACCEPTED, DeliveryState.BOUNCED]
    assert session.scalars(select(Suppression.note)).one() == "Permanent/General"


def test_untagged_notification_is_given_up_when_that_mail_was_not_ours(
    session: Session, world: World, tell: Tell, now: datetime
) -> None:
    session.add(world.written(0, now))
    session.commit()
    address = world.readers[0].address or ""
    tell(
        notified("Complaint", now, complaint(), destination=[address], provider_id="theirs"),
        notified("Complaint", now, complaint(), destination=["stranger@example.com"]),
    )
    assert _states(session) == ["waiting", "ignored"]
    tell(at=now + UNTAGGED_WAITS_FOR)
    assert _states(session) == ["ignored", "ignored"]
    assert session.scalars(select(Suppression)).all() == []


def test_events_that_another_worker_holds_are_left_to_it(
    sessions: Sessions, world: World, session: Session, now: datetime
) -> None:
    session.add(world.written(0, now))
    session.commit()
    with transaction(sessions) as one:
        store(one, [RawEvent(f"e-{n}", said("Send", now, delivery_id="7-7")) for n in "ab"], now)
    with transaction(sessions) as one, transaction(sessions) as other:
        assert apply_new(one, 1, PEPPER, SIGNER, now) == 1
        assert apply_new(other, 10, PEPPER, SIGNER, now) == 1
        assert apply_new(other, 10, PEPPER, SIGNER, now) == 0
    assert _states(session) == ["ignored", "ignored"]
