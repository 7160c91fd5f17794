import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.addresses import Address, address_hmac
from app.db.session import Sessions, single_statements, transaction
from app.delivery.suppression import get_suppression, lift, suppress
from app.enums import ConsentSource, Depth, SubscriberState, SuppressionReason
from app.errors import Gone, InvalidInput, NotFound
from app.models import Ask, Letter, Subscriber, Wording
from app.readers.answers import answer_asks
from app.readers.asks import ask_sign_up
from app.readers.consent import Origin, consents_of
from app.readers.joining import NewReader, add_active
from app.readers.leave import leave
from app.readers.signup import MAIL_AGAIN_AFTER, SignupFields, confirm
from tests.factories import PEPPER, make_category
from tests.readers.signing_up import sign_up_now

PAGE = Origin(ConsentSource.PAGE, "203.0.113.0/24")
EDITOR = Origin(ConsentSource.EDITOR)
ADA = Address("Ada@example.com", "ada@example.com")


@pytest.fixture(autouse=True)
def _categories(session: Session) -> None:
    for slug in ("ai", "devops", "data"):
        make_category(session, slug)
    session.commit()


def _sign_up(
    sessions: Sessions, now: datetime, address: Address = ADA, slugs: tuple[str, ...] = ("ai",)
) -> int | None:
    with transaction(sessions) as session:
        return sign_up_now(session, SignupFields(address, slugs), now, PAGE)


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
    _sign_up(sessions, now, Address("ADA@example.com", ADA.key), ("devops", "data"))
    assert _only(session).follows == 6


def test_sign_up_changes_nothing_and_mails_nobody_when_active(
    session: Session, sessions: Sessions, now: datetime
) -> None:
    with transaction(sessions) as other:
        add_active(other, CLI, [NewReader(ADA, 3, Depth.DEEP)], PEPPER, now, EDITOR)
    _sign_up(sessions, now + timedelta(days=1))
    reader = _only(session)
    assert (reader.state, reader.follows, reader.depth) == (SubscriberState.ACTIVE, 3, Depth.DEEP)
    assert _n_letters(session) == 0


def test_sign_up_mails_nobody_when_suppressed(
    session: Session, sessions: Sessions, now: datetime
) -> None:
    with transaction(sessions) as other:
        suppress(other, CLI, ADA, SuppressionReason.COMPLAINT, note="", pepper=PEPPER, now=now)
    _sign_up(sessions, now)
    assert _n_letters(session) == 0


def test_sign_up_after_leaving_has_to_be_confirmed_again(
    session: Session, sessions: Sessions, now: datetime
) -> None:
    with transaction(sessions) as other:
        add_active(other, CLI, [NewReader(ADA, 3, Depth.DEEP)], PEPPER, now, EDITOR)
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


def test_link_confirms_no_sign_up_after_a_leaving(
    session: Session, sessions: Sessions, now: datetime
) -> None:
    _sign_up(sessions, now)
    reader_id, day = _only(session).id, timedelta(days=1)
    for act in (confirm, leave):
        with transaction(sessions) as other:
            act(other, reader_id, now + day, PAGE)
    _sign_up(sessions, now + 2 * day, slugs=("data",))
    with transaction(sessions) as other, pytest.raises(Gone):
        confirm(other, reader_id, now + 2 * day, PAGE, made_at=now)
    assert _only(session).state is SubscriberState.PENDING
    with transaction(sessions) as other:
        confirm(other, reader_id, now + 2 * day, PAGE, made_at=now + 2 * day)
    assert _only(session).state is SubscriberState.ACTIVE


def test_leave_is_the_same_when_repeated(
    session: Session, sessions: Sessions, now: datetime
) -> None:
    _sign_up(sessions, now)
    for hours in (1, 2):
        with transaction(sessions) as other:
            leave(other, _only(session).id, now + timedelta(hours=hours), PAGE)
    reader = _only(session)
    assert (reader.state, reader.left_at) == (SubscriberState.LEFT, now + timedelta(hours=1))


def test_add_active_never_brings_back_who_left(
    session: Session, sessions: Sessions, now: datetime
) -> None:
    for added in (1, 0):
        with transaction(sessions) as other:
            readers = [NewReader(ADA, 3, Depth.DEEP)]
            assert add_active(other, CLI, readers, PEPPER, now, EDITOR) == added
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
        suppress(session, CLI, ADA, reason, note="", pepper=PEPPER, now=now)
    found = get_suppression(session, ADA, PEPPER)
    assert found.reason is SuppressionReason.COMPLAINT
    assert found.address_hmac == address_hmac(ADA.key, PEPPER)
    lift(session, CLI, ADA, because="asked", pepper=PEPPER, now=now)
    session.expire_all()
    with pytest.raises(NotFound):
        get_suppression(session, ADA, PEPPER)
    with pytest.raises(NotFound):
        lift(session, CLI, ADA, because="asked", pepper=PEPPER, now=now)


def test_sign_up_makes_one_letter_when_many_come_at_once(
    session: Session, engine: Engine, sessions: Sessions, now: datetime
) -> None:
    everybody = Barrier(8)

    def bomb(number: int) -> None:
        fields = SignupFields(ADA, depth=list(Depth)[number % 3])
        with single_statements(engine) as connection:
            for _ in range(25):
                ask_sign_up(connection, fields, PAGE, now)
        everybody.wait()
        answer_asks(sessions, PEPPER, lambda: now, lambda _jobs: None)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(bomb, range(8)))
    answer_asks(sessions, PEPPER, lambda: now, lambda _jobs: None)
    assert session.scalar(select(func.count()).select_from(Ask)) == 0
    assert _n_letters(session) == 1


def test_sign_up_writes_nothing_when_it_changes_nothing(
    session: Session, sessions: Sessions, now: datetime
) -> None:
    for _ in range(3):
        _sign_up(sessions, now)
    assert len(consents_of(session, _only(session).id)) == 1
    _sign_up(sessions, now, slugs=("data",))
    assert len(consents_of(session, _only(session).id)) == 2


def test_sign_up_writes_nothing_when_a_category_is_unknown(
    session: Session, sessions: Sessions, now: datetime
) -> None:
    with pytest.raises(InvalidInput) as caught:
        _sign_up(sessions, now, slugs=("ai", "fishing", "data", "chess"))
    assert [error.pointer for error in caught.value.errors] == ["/categories/1", "/categories/3"]
    assert session.scalar(select(func.count()).select_from(Subscriber)) == 0


def test_sign_up_follows_everything_when_nothing_is_chosen(session: Session, now: datetime) -> None:
    fields = SignupFields(ADA, hour=7, time_zone="Europe/Vienna")
    sign_up_now(session, fields, now, PAGE)
    reader = _only(session)
    assert (reader.follows, reader.depth) == (7, Depth.BRIEF)
    assert (reader.hour, reader.time_zone) == (7, "Europe/Vienna")


def test_sign_up_keeps_the_language_until_another_is_asked_for(
    session: Session, now: datetime
) -> None:
    for asked, kept in (("", ""), ("de", "de"), ("", "de"), ("en", "en")):
        sign_up_now(session, SignupFields(ADA, language=asked), now, PAGE)
        assert _only(session).language == kept
    assert _n_letters(session) == 1


def test_sign_up_keeps_the_wording_that_was_shown(session: Session, now: datetime) -> None:
    text = "Please send me the digest."
    known, unknown = (hashlib.sha256(one.encode()).digest() for one in (text, "Something else."))
    session.add(Wording(hash=known, version="1", language="en", text=text, created_at=now))
    session.flush()
    for address, wording in ((ADA, known), (Address("b@example.com", "b@example.com"), unknown)):
        origin = Origin(ConsentSource.EMBED, None, wording)
        sign_up_now(session, SignupFields(address), now, origin)
    rows = [consents_of(session, subscriber_id)[0] for subscriber_id in (1, 2)]
    assert [(row.wording_version, row.wording_hash) for row in rows] == [
        ("1", known),
        (None, unknown),
    ]


_STEPS = st.lists(
    st.tuples(st.integers(-120, 120), st.sampled_from(["ada", "ada+1"]), st.sampled_from(Depth)),
    min_size=1,
    max_size=8,
)


@given(steps=_STEPS)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_asked_at_never_moves_back(
    session: Session, now: datetime, steps: list[tuple[int, str, Depth]]
) -> None:
    """Whatever the clocks of the processes say, and in whatever order it is answered."""
    latest: dict[str, datetime] = {}
    for minutes, name, depth in steps:
        address = Address(f"{name}@example.com", f"{name}@example.com")
        sign_up_now(
            session, SignupFields(address, depth=depth), now + timedelta(minutes=minutes), PAGE
        )
        reader = session.scalars(
            select(Subscriber)
            .where(Subscriber.address_key == address.key)
            .execution_options(populate_existing=True)
        ).one()
        assert reader.asked_at is not None
        assert reader.asked_at >= latest.get(name, reader.asked_at)
        latest[name] = reader.asked_at
    session.rollback()
