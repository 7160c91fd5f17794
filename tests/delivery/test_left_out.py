"""Why somebody is not among the readers of an issue that was launched."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.delivery.deliveries import DeliveryFilter, list_deliveries
from app.delivery.receptions import Reception, WhyNot
from app.delivery.send import Sender
from app.enums import ConsentSource, ConsentStep, SubscriberState, SuppressionReason
from app.models import (
    Issue,
    Subscriber,
    Suppression,
)
from app.readers.consent import Origin, record_consent
from tests.factories import make_subscriber

MakeSender = Callable[..., Sender]
Ready = Callable[[], Issue]
_EDITOR = Origin(ConsentSource.EDITOR)
_AN_HOUR = timedelta(hours=1)


@pytest.fixture
def reader(session: Session, ai: int) -> Subscriber:
    made = make_subscriber(session, follows=ai)
    session.commit()
    return made


Told = Callable[..., tuple[Reception, WhyNot | None, str]]


def _suppress(session: Session, reader: Subscriber, at: datetime) -> None:
    mark = Suppression(
        address_hmac=reader.address_hmac,
        reason=SuppressionReason.HARD_BOUNCE,
        note="",
        created_at=at,
    )
    session.add(mark)
    session.commit()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"state": SubscriberState.PENDING, "confirmed_at": None}, WhyNot.PENDING_THEN),
        ({"confirmed_at": 1}, WhyNot.PENDING_THEN),
        ({"created_at": 1, "confirmed_at": 1}, WhyNot.JOINED_LATER),
        ({"state": SubscriberState.LEFT, "left_at": -1}, WhyNot.LEFT_THEN),
        ({"paused_until": 2}, WhyNot.PAUSED),
        ({"follows": 0}, WhyNot.NOTHING_TO_READ_THEN),
        ({"state": SubscriberState.ERASED}, WhyNot.ERASED),
    ],
)
def test_who_was_left_out_is_told_why(
    session: Session,
    ready: Ready,
    told: Told,
    ai: int,
    now: datetime,
    changes: dict[str, Any],
    why: WhyNot,
) -> None:
    made: dict[str, Any] = {
        name: now + value * _AN_HOUR if type(value) is int and name != "follows" else value
        for name, value in changes.items()
    }
    # At launch they were as the reason says; the confirmation and the joining came later.
    values: dict[str, Any] = {"follows": ai, "state": SubscriberState.PENDING, **made}
    reader = make_subscriber(session, **values)
    session.commit()
    issue = ready()
    if "state" not in changes and why is not WhyNot.PENDING_THEN:
        assert list_deliveries(session, issue, DeliveryFilter(), after=0, limit=9) == []
    if "state" not in changes:
        reader.state = SubscriberState.ACTIVE
        session.commit()
    assert told(issue, reader, now + _AN_HOUR)[:2] == (Reception.NOTHING, why)


def test_who_was_left_out_is_told_by_their_record_of_consent(
    session: Session, ready: Ready, told: Told, ai: int, now: datetime
) -> None:
    """What they are now says nothing of what they were: the record does."""
    readers = [make_subscriber(session, follows=0) for _ in range(3)]
    for reader, step, follows in zip(
        readers,
        (ConsentStep.SIGNED_UP, ConsentStep.LEFT, ConsentStep.CHANGED),
        (ai, ai, 0),
        strict=True,
    ):
        reader.follows = follows
        record_consent(session, reader, step, _EDITOR, now - _AN_HOUR)
        reader.follows = 0
    session.commit()
    issue = ready()
    for reader in readers:
        reader.follows = ai
        record_consent(session, reader, ConsentStep.CAME_BACK, _EDITOR, now + _AN_HOUR)
    session.commit()
    whys = [told(issue, reader)[1] for reader in readers]
    assert whys == [WhyNot.PENDING_THEN, WhyNot.LEFT_THEN, WhyNot.NOTHING_TO_READ_THEN]


def test_who_was_suppressed_then_is_told_since_when_and_what_is_not_known_is_said(
    session: Session, ready: Ready, reader: Subscriber, told: Told, now: datetime
) -> None:
    _suppress(session, reader, now - _AN_HOUR)
    issue = ready()
    words = "Their address is suppressed since 2026-11-23 05:00 UTC: hard bounce."
    assert told(issue, reader) == (Reception.NOTHING, WhyNot.SUPPRESSED, words)
    session.delete(session.get_one(Suppression, reader.address_hmac))
    session.commit()
    assert told(issue, reader)[:2] == (Reception.NOTHING, WhyNot.NOT_DUE_THEN)
