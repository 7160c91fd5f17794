"""What is told of doubts, of events, and of a stream of events that is silent."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.enums import CallState, DeliveryState, EventKind, EventState, IssueState
from app.models import AcceptedBy, Call, Event
from tests.factories import make_issue
from tests.ledger import write_down
from tests.metrics.conftest import Told

MINUTE = timedelta(minutes=1)


def _event(n: int, received_at: datetime, took: timedelta, **told: object) -> Event:
    values = {
        "state": EventState.APPLIED,
        "kind": EventKind.DELIVERED,
        "happened_at": received_at - took,
    }
    return Event(unique_id=f"event-{n}", received_at=received_at, body="", **values | told)


def test_doubts_are_told_until_they_are_settled(
    session: Session, told: Told, now: datetime
) -> None:
    assert told("doubt_readers") == 0
    assert told("doubt_oldest_timestamp_seconds") is None

    issue = make_issue(session, state=IssueState.SENT, launched_at=now, sent_at=now)
    for at in (now - MINUTE, now):
        write_down(session, issue, DeliveryState.IN_DOUBT, at)
    session.commit()

    assert told("doubt_readers") == 2
    assert told("doubt_oldest_timestamp_seconds") == (now - MINUTE).timestamp()


def test_lag_is_the_median_of_what_came_lately(session: Session, told: Told, now: datetime) -> None:
    assert told("event_lag_seconds") is None
    assert told("event_last_timestamp_seconds") is None

    for n, seconds in enumerate((1, 3, 900)):
        session.add(_event(n, now - MINUTE, timedelta(seconds=seconds)))
    session.add(_event(3, now - 3 * 60 * MINUTE, timedelta(seconds=77)))
    session.add(_event(4, now - MINUTE, timedelta(days=9), kind=EventKind.CLICKED))
    session.add(_event(5, now - 2 * MINUTE, MINUTE, state=EventState.UNREADABLE, kind=None))
    session.commit()

    assert told("event_lag_seconds") == 3
    assert told("event_last_timestamp_seconds") == (now - MINUTE).timestamp()
    assert told("events_unreadable") == 1


def test_silence_is_told_since_the_last_event_before_it(
    session: Session, told: Told, now: datetime
) -> None:
    assert told("events_silent_since_timestamp_seconds") is None

    accepted_at = now - 20 * MINUTE
    issue = make_issue(session, state=IssueState.SENDING, launched_at=accepted_at)
    write_down(session, issue, DeliveryState.ACCEPTED, accepted_at, accepted_by=AcceptedBy.ANSWER)
    session.add(
        Call(
            subscriber_ids=[1],
            state=CallState.CLOSED,
            attempt=1,
            worker="one",
            opened_at=accepted_at,
            closed_at=accepted_at,
        )
    )
    session.add(_event(1, now - 40 * MINUTE, MINUTE))
    session.commit()

    assert told("events_silent_since_timestamp_seconds") == (now - 40 * MINUTE).timestamp()
