from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.addresses import parse_address
from app.delivery.suppression import suppress
from app.enums import ConsentSource, ConsentStep, SubscriberState, SuppressionReason
from app.errors import Gone, NotFound
from app.models import Consent
from app.readers.consent import Origin
from app.readers.leave import COME_BACK_WITHIN, come_back, leave, leave_category
from tests.factories import PEPPER, make_subscriber

PAGE = Origin(ConsentSource.PAGE)


def _steps(session: Session) -> list[ConsentStep]:
    session.flush()
    return list(session.scalars(select(Consent.step).order_by(Consent.id)))


def test_leaving_and_coming_back_are_steps_of_consent_once_each(
    session: Session, now: datetime
) -> None:
    reader = make_subscriber(session, follows=3)
    for _ in range(2):
        leave_category(session, reader.id, 1, now, PAGE)
    for _ in range(2):
        leave(session, reader.id, now, PAGE)
    for _ in range(2):
        come_back(session, reader.id, now, PAGE, mask=1)
    assert (reader.state, reader.follows, reader.left_at) == (SubscriberState.ACTIVE, 3, None)
    assert _steps(session) == [
        ConsentStep.CHANGED,
        ConsentStep.LEFT,
        ConsentStep.CAME_BACK,
        ConsentStep.CHANGED,
    ]


def test_leaving_the_last_category_is_leaving_and_keeps_it_for_who_comes_back(
    session: Session, now: datetime
) -> None:
    reader = make_subscriber(session, follows=2)
    leave_category(session, reader.id, 2, now, PAGE)
    assert (reader.state, reader.follows) == (SubscriberState.LEFT, 2)
    leave_category(session, reader.id, 4, now, PAGE)
    assert _steps(session) == [ConsentStep.LEFT]


def test_who_never_confirmed_is_pending_again(session: Session, now: datetime) -> None:
    reader = make_subscriber(session, state=SubscriberState.PENDING, confirmed_at=None)
    leave(session, reader.id, now, PAGE)
    assert come_back(session, reader.id, now, PAGE).state is SubscriberState.PENDING


def test_nobody_comes_back_who_left_long_ago_or_must_not_be_written_to_or_is_erased(
    session: Session, now: datetime
) -> None:
    late = make_subscriber(session)
    complained = make_subscriber(session, "ada@example.com")
    erased = make_subscriber(session, state=SubscriberState.ERASED)
    address, reason = parse_address("ada@example.com"), SuppressionReason.COMPLAINT
    suppress(session, CLI, address, reason, note="", pepper=PEPPER, now=now)
    for reader in (late, complained):
        leave(session, reader.id, now, PAGE)
    then = now + COME_BACK_WITHIN + timedelta(seconds=1)
    for reader, at in ((late, then), (complained, now), (erased, now)):
        with pytest.raises(Gone):
            come_back(session, reader.id, at, PAGE)
    assert come_back(session, late.id, then, PAGE, within=None).state is SubscriberState.ACTIVE
    with pytest.raises(NotFound):
        come_back(session, 4711, now, PAGE)


def test_leave_is_not_found_when_there_never_was_such_a_reader(
    session: Session, now: datetime
) -> None:
    with pytest.raises(NotFound):
        leave(session, 4711, now, PAGE)
