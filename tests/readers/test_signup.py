from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.addresses import Address, address_hmac
from app.db.session import Sessions, transaction
from app.errors import Gone, NotFound
from app.models import Letter, Subscriber
from app.readers.consent import Origin
from app.readers.leave import leave
from app.readers.signup import MAIL_AGAIN_AFTER, add_active, confirm, sign_up
from app.readers.suppression import get_suppression, lift, suppress
from app.words import ConsentSource, Depth, SubscriberState, SuppressionReason

PEPPER = "pepper"
PAGE = Origin(ConsentSource.PAGE, "203.0.113.0/24")
EDITOR = Origin(ConsentSource.EDITOR)
ADA = Address("Ada@example.com", "ada@example.com")


def _sign_up(sessions: Sessions, now: datetime, address: Address = ADA, follows: int = 1) -> None:
    with transaction(sessions) as session:
        sign_up(
            session,
            address,
            follows=follows,
            depth=Depth.BRIEF,
            pepper=PEPPER,
            now=now,
            origin=PAGE,
        )


def _only(session: Session) -> Subscriber:
    session.expire_all()
    return session.scalars(select(Subscriber)).one()


def _n_letters(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Letter)) or 0


def test_sign_up_makes_a_pending_reader_and_one_letter(
    session: Session, sessions: Sessions, now: datetime
) -> None:
    _sign_up(sessions, now)
    reader = _only(session)
    assert reader.state is SubscriberState.PENDING
    assert (reader.address, reader.follows, reader.depth) == (ADA.text, 1, Depth.BRIEF)
    assert _n_letters(session) == 1


def test_sign_up_again_mails_again_only_after_a_while(
    session: Session, sessions: Sessions, now: datetime
) -> None:
    for minutes in (0, 1, 30, 59):
        _sign_up(sessions, now + timedelta(minutes=minutes))
    assert _n_letters(session) == 1
    _sign_up(sessions, now + MAIL_AGAIN_AFTER)
    assert _n_letters(session) == 2


def test_sign_up_of_a_pending_reader_takes_the_latest_choice(
    session: Session, sessions: Sessions, now: datetime
) -> None:
    _sign_up(sessions, now)
    _sign_up(sessions, now, Address("ADA@example.com", ADA.key), follows=6)
    assert _only(session).follows == 6


def test_sign_up_changes_nothing_and_mails_nobody_when_active(
    session: Session, sessions: Sessions, now: datetime
) -> None:
    with transaction(sessions) as other:
        add_active(other, [(ADA, 3, Depth.DEEP)], PEPPER, now, EDITOR)
    _sign_up(sessions, now + timedelta(days=1), follows=1)
    reader = _only(session)
    assert (reader.state, reader.follows, reader.depth) == (SubscriberState.ACTIVE, 3, Depth.DEEP)
    assert _n_letters(session) == 0


def test_sign_up_mails_nobody_when_suppressed(
    session: Session, sessions: Sessions, now: datetime
) -> None:
    with transaction(sessions) as other:
        suppress(other, ADA, SuppressionReason.COMPLAINT, note="", pepper=PEPPER, now=now)
    _sign_up(sessions, now)
    assert _n_letters(session) == 0


def test_sign_up_after_leaving_has_to_be_confirmed_again(
    session: Session, sessions: Sessions, now: datetime
) -> None:
    with transaction(sessions) as other:
        add_active(other, [(ADA, 3, Depth.DEEP)], PEPPER, now, EDITOR)
    reader_id = _only(session).id
    with transaction(sessions) as other:
        leave(other, reader_id, now, PAGE)
    _sign_up(sessions, now)
    assert _only(session).state is SubscriberState.PENDING
    with transaction(sessions) as other:
        confirm(other, reader_id, now, PAGE)
    assert _only(session).state is SubscriberState.ACTIVE


def test_confirm_is_the_same_when_repeated(
    session: Session, sessions: Sessions, now: datetime
) -> None:
    _sign_up(sessions, now)
    for hours in (1, 2):
        with transaction(sessions) as other:
            confirm(other, _only(session).id, now + timedelta(hours=hours), PAGE)
    assert _only(session).confirmed_at == now + timedelta(hours=1)


@pytest.mark.parametrize("state", [SubscriberState.LEFT, SubscriberState.ERASED])
def test_confirm_does_not_bring_back_who_has_gone(
    session: Session, sessions: Sessions, now: datetime, state: SubscriberState
) -> None:
    _sign_up(sessions, now)
    reader = _only(session)
    reader.state = state
    session.commit()
    with pytest.raises(Gone):
        confirm(session, reader.id, now, PAGE)


def test_leave_is_the_same_when_repeated(
    session: Session, sessions: Sessions, now: datetime
) -> None:
    _sign_up(sessions, now)
    for hours in (1, 2):
        with transaction(sessions) as other:
            leave(other, _only(session).id, now + timedelta(hours=hours), PAGE)
    reader = _only(session)
    assert (reader.state, reader.left_at) == (SubscriberState.LEFT, now + timedelta(hours=1))


def test_leave_is_not_found_when_there_never_was_such_a_reader(
    session: Session, now: datetime
) -> None:
    with pytest.raises(NotFound):
        leave(session, 4711, now, PAGE)


def test_add_active_never_brings_back_who_left(
    session: Session, sessions: Sessions, now: datetime
) -> None:
    for added in (1, 0):
        with transaction(sessions) as other:
            assert add_active(other, [(ADA, 3, Depth.DEEP)], PEPPER, now, EDITOR) == added
        with transaction(sessions) as other:
            leave(other, _only(session).id, now, PAGE)
    assert _only(session).state is SubscriberState.LEFT


def test_suppression_keeps_its_strongest_reason_until_it_is_lifted(
    session: Session, now: datetime
) -> None:
    for reason in (
        SuppressionReason.SOFT_BOUNCES,
        SuppressionReason.COMPLAINT,
        SuppressionReason.HARD_BOUNCE,
    ):
        suppress(session, ADA, reason, note="", pepper=PEPPER, now=now)
    found = get_suppression(session, ADA, PEPPER)
    assert found.reason is SuppressionReason.COMPLAINT
    assert found.address_hmac == address_hmac(ADA.key, PEPPER)
    lift(session, ADA, because="asked", pepper=PEPPER, now=now)
    session.expire_all()
    with pytest.raises(NotFound):
        get_suppression(session, ADA, PEPPER)
    with pytest.raises(NotFound):
        lift(session, ADA, because="asked", pepper=PEPPER, now=now)
