"""Which links still work, and that whoever has none gets a mail; and when a pause is over."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.addresses import Address
from app.db.session import Sessions, transaction
from app.enums import ConsentSource, DeliveryState, SubscriberState
from app.errors import Gone
from app.models import Letter, Subscriber
from app.readers.consent import Origin
from app.readers.leave import leave
from app.readers.signup import SignupFields, confirm, who_may_confirm
from tests.factories import make_category
from tests.readers.signing_up import sign_up_now

PAGE = Origin(ConsentSource.PAGE)
ADA = Address("ada@example.com", "ada@example.com")


@pytest.fixture(autouse=True)
def _categories(session: Session) -> None:
    make_category(session, "ai")
    session.commit()


def _sign_up(sessions: Sessions, now: datetime) -> int | None:
    with transaction(sessions) as session:
        return sign_up_now(session, SignupFields(ADA, ("ai",)), now, PAGE)


def _only(session: Session) -> Subscriber:
    session.expire_all()
    return session.scalars(select(Subscriber)).one()


def test_who_signs_up_again_after_leaving_gets_a_mail_at_once(
    session: Session, sessions: Sessions, now: datetime
) -> None:
    """The hour counts only a link that still works, and a leaving ends those before it."""
    assert _sign_up(sessions, now)
    reader_id, minute = _only(session).id, timedelta(minutes=1)
    for act in (confirm, leave):
        with transaction(sessions) as other:
            act(other, reader_id, now + minute, PAGE)
    assert _sign_up(sessions, now + 2 * minute)
    assert _sign_up(sessions, now + 3 * minute) is None
    with transaction(sessions) as other, pytest.raises(Gone, match="You left after this link"):
        confirm(other, reader_id, now + 4 * minute, PAGE, made_at=now)
    with transaction(sessions) as other:
        confirm(other, reader_id, now + 4 * minute, PAGE, made_at=now + 2 * minute)
    assert _only(session).state is SubscriberState.ACTIVE


def test_who_moved_before_confirming_gets_a_mail_at_the_new_address_at_once(
    session: Session, sessions: Sessions, now: datetime
) -> None:
    assert _sign_up(sessions, now)
    _only(session).moved_at = now + timedelta(minutes=1)
    session.commit()
    assert _sign_up(sessions, now + timedelta(minutes=2))


def test_mail_that_could_not_be_sent_is_sent_again_when_it_is_asked_for(
    session: Session, sessions: Sessions, now: datetime
) -> None:
    letter = session.get_one(Letter, _sign_up(sessions, now))
    assert _sign_up(sessions, now + timedelta(minutes=1)) is None
    letter.state = DeliveryState.FAILED
    session.commit()
    assert _sign_up(sessions, now + timedelta(minutes=2))
    assert _sign_up(sessions, now + timedelta(minutes=3)) is None


@pytest.mark.parametrize("state", [SubscriberState.PENDING, SubscriberState.ACTIVE])
def test_link_opens_nothing_once_the_address_was_changed(
    session: Session, sessions: Sessions, now: datetime, state: SubscriberState
) -> None:
    _sign_up(sessions, now)
    reader = _only(session)
    reader.state, reader.moved_at = state, now + timedelta(hours=1)
    session.commit()
    with transaction(sessions) as other, pytest.raises(Gone, match="was changed since"):
        who_may_confirm(other, reader.id, now)
    with transaction(sessions) as other, pytest.raises(Gone, match="was changed since"):
        confirm(other, reader.id, now, PAGE, made_at=now)
    assert _only(session).state is state


@pytest.mark.parametrize("end", ["leave", "sign up again", "confirm"])
def test_pause_ends_with_leaving_with_signing_up_again_and_with_confirming(
    session: Session, sessions: Sessions, now: datetime, end: str
) -> None:
    _sign_up(sessions, now)
    reader = _only(session)
    reader.paused_until = now + timedelta(days=30)
    session.commit()
    with transaction(sessions) as other:
        if end == "leave":
            leave(other, reader.id, now, PAGE)
        elif end == "confirm":
            confirm(other, reader.id, now, PAGE)
    if end == "sign up again":
        assert _sign_up(sessions, now + timedelta(minutes=1)) is None
    assert _only(session).paused_until is None
