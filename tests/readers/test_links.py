from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.addresses import parse_address
from app.delivery.suppression import suppress
from app.enums import DeliveryState, LetterKind, SubscriberState, SuppressionReason
from app.models import AcceptedBy, Letter
from app.readers.links import LINK_AGAIN_AFTER, send_link
from tests.factories import PEPPER, make_subscriber

ADA = parse_address("Ada@example.com")


def _kinds(session: Session) -> list[LetterKind]:
    session.flush()
    return list(session.scalars(select(Letter.kind)))


@pytest.mark.parametrize(
    "state", [SubscriberState.ACTIVE, SubscriberState.LEFT, SubscriberState.PENDING]
)
def test_link_is_sent_to_who_is_known_and_not_twice_in_a_row(
    session: Session, now: datetime, state: SubscriberState
) -> None:
    make_subscriber(session, ADA.text, state=state)
    for _ in range(3):
        send_link(session, ADA, PEPPER, now)
    assert _kinds(session) == [LetterKind.PREFERENCES_LINK]
    send_link(session, ADA, PEPPER, now + LINK_AGAIN_AFTER + timedelta(seconds=1))
    assert len(_kinds(session)) == 2


def test_link_is_sent_again_when_the_one_before_works_no_longer_or_never_left(
    session: Session, now: datetime
) -> None:
    reader = make_subscriber(session, ADA.text)
    send_link(session, ADA, PEPPER, now)
    session.flush()
    session.scalars(select(Letter)).one().state = DeliveryState.FAILED
    send_link(session, ADA, PEPPER, now)
    assert len(_kinds(session)) == 2
    reader.moved_at = now
    send_link(session, ADA, PEPPER, now + timedelta(minutes=1))
    assert len(_kinds(session)) == 3
    send_link(session, ADA, PEPPER, now + timedelta(minutes=2))
    assert len(_kinds(session)) == 3


def test_link_is_sent_again_after_one_that_no_server_took(session: Session, now: datetime) -> None:
    make_subscriber(session, ADA.text)
    send_link(session, ADA, PEPPER, now)
    session.flush()
    letter = session.scalars(select(Letter)).one()
    letter.state, letter.accepted_by = DeliveryState.BOUNCED, AcceptedBy.EVENT
    send_link(session, ADA, PEPPER, now)
    assert len(_kinds(session)) == 1
    letter.accepted_by = None
    send_link(session, ADA, PEPPER, now)
    assert len(_kinds(session)) == 2


def test_link_is_not_sent_when_the_address_is_unknown_or_suppressed(
    session: Session, now: datetime
) -> None:
    send_link(session, ADA, PEPPER, now)
    make_subscriber(session, ADA.text)
    suppress(session, CLI, ADA, SuppressionReason.COMPLAINT, note="", pepper=PEPPER, now=now)
    send_link(session, ADA, PEPPER, now)
    assert _kinds(session) == []
