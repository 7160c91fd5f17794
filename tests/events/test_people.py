import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.addresses import Address
from app.db.session import Sessions, transaction
from app.delivery.suppression import lift, suppress
from app.enums import IssueState, SubscriberState, SuppressionReason
from app.events.apply import apply_new
from app.events.inbox import RawEvent, store
from app.models import Publication, Subscriber, Suppression
from app.public_ids import delivery_tag
from tests.events.conftest import Tell, World, make_world
from tests.events.told import bounce, complaint, said
from tests.factories import PEPPER, SIGNER

DAY = timedelta(days=1)
SOFT_BOUNCES = 5  # as the publication has it where nobody set it
SOFT = bounce("Transient/MailboxFull")


def _found(session: Session) -> list[tuple[SuppressionReason, str]]:
    rows = session.scalars(select(Suppression).order_by(Suppression.reason)).all()
    return [(row.reason, row.note) for row in rows]


@pytest.fixture
def ledger(session: Session, world: World, now: datetime) -> World:
    """Return the World, with an answer for every reader."""
    session.add_all(world.written(place, now) for place in range(2))
    session.commit()
    return world


@pytest.mark.parametrize(
    "subtype",
    [
        *("General", "NoEmail", "Suppressed", "OnAccountSuppressionList", "SomethingNew"),
        *("OnTenantSuppressionList", "EmailValidationSuppressed"),
    ],
)
def test_address_is_suppressed_and_its_reader_stays_when_it_bounced_for_good(
    session: Session, ledger: World, tell: Tell, now: datetime, subtype: str
) -> None:
    tell(said("Bounce", now, delivery_id=ledger.tag(), part=bounce(f"Permanent/{subtype}")))
    assert _found(session) == [(SuppressionReason.HARD_BOUNCE, f"Permanent/{subtype}")]
    row = session.scalars(select(Suppression)).one()
    assert row.address_hmac == ledger.readers[0].address_hmac
    assert ledger.readers[0].state == SubscriberState.ACTIVE


def test_reader_leaves_and_is_suppressed_when_they_complained(
    session: Session, ledger: World, tell: Tell, now: datetime
) -> None:
    tell(said("Complaint", now, delivery_id=ledger.tag(), part=complaint()))
    states = session.scalars(select(Subscriber.state).order_by(Subscriber.id)).all()
    assert list(states) == [SubscriberState.LEFT, SubscriberState.ACTIVE]
    assert session.get_one(Subscriber, ledger.readers[0].id).left_at == now
    assert _found(session) == [(SuppressionReason.COMPLAINT, "abuse")]


def test_reader_leaves_and_is_not_suppressed_when_they_left_at_ses(
    session: Session, ledger: World, tell: Tell, now: datetime
) -> None:
    part = bounce("Permanent/UnsubscribedRecipient")
    tell(said("Bounce", now, delivery_id=ledger.tag(), part=part))
    assert session.get_one(Subscriber, ledger.readers[0].id).state == SubscriberState.LEFT
    assert _found(session) == []


def test_reader_stays_when_they_say_it_is_no_spam(
    session: Session, ledger: World, tell: Tell, now: datetime
) -> None:
    tell(said("Complaint", now, delivery_id=ledger.tag(), part=complaint("not-spam")))
    assert session.get_one(Subscriber, ledger.readers[0].id).state == SubscriberState.ACTIVE
    assert _found(session) == []


def test_complaint_counts_before_its_delivery_is_written_and_only_once(
    session: Session, world: World, tell: Tell, now: datetime
) -> None:
    tell(said("Complaint", now, delivery_id=world.tag(), part=complaint()))
    assert _found(session) == [(SuppressionReason.COMPLAINT, "abuse")]
    key = world.readers[0].address_key or ""
    lift(session, CLI, Address(key, key), because="asked", pepper=PEPPER, now=now)
    session.add(world.written(0, now))
    session.commit()
    assert tell() == 1
    assert _found(session) == []


def test_address_is_suppressed_once_when_two_readers_had_it(
    session: Session, ledger: World, tell: Tell, now: datetime
) -> None:
    first, second = ledger.readers
    second.address_hmac = first.address_hmac
    session.commit()
    tell(
        said("Bounce", now, delivery_id=ledger.tag(0), part=bounce()),
        said("Complaint", now, delivery_id=ledger.tag(1), part=complaint()),
    )
    assert _found(session) == [(SuppressionReason.COMPLAINT, "abuse")]


Days = Callable[[Sequence[tuple[float, str]]], list[tuple[SuppressionReason, str]]]


@pytest.fixture
def days(session: Session, now: datetime) -> Days:
    """Return a function that gives what is suppressed after a reader's mails of several Issues.

    The events come one after another. Each is a day and what came of the mail: `soft`, `delivered`
    or `hard`.
    """
    parts = {"soft": ("Bounce", SOFT), "hard": ("Bounce", bounce()), "delivered": ("Delivery", {})}

    def live(told: Sequence[tuple[float, str]]) -> list[tuple[SuppressionReason, str]]:
        reader = make_world(session, now, 1, IssueState.SENT).readers[0]
        for number, (day, what) in enumerate(told):
            world = make_world(session, now, 0, IssueState.SENT)
            row = world.written_for(reader, now)
            session.add(row)
            session.flush()
            kind, part = parts[what]
            tag = delivery_tag(world.issue.public_id, reader.public_id)
            message = said(
                kind, now + day * DAY, delivery_id=tag, address=reader.address or "", part=part
            )
            store(session, [RawEvent(f"day-{number}", message)], now)
            apply_new(session, 100, PEPPER, SIGNER, now)
        session.expire_all()
        return _found(session)

    return live


def _softs(*on: float) -> list[tuple[float, str]]:
    return [(day, "soft") for day in on]


SUPPRESSED = [(SuppressionReason.SOFT_BOUNCES, "5 soft bounces within 30 days")]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (_softs(0, 1, 2, 3), []),
        (_softs(0, 1, 2, 3, 4), SUPPRESSED),
        (_softs(0, 1, 2, 3, 30), SUPPRESSED),
        (_softs(0, 1, 2, 3, 30.01), []),
        (_softs(0, 40, 41, 42, 43, 44), SUPPRESSED),
        ([*_softs(0, 1, 2), (2.5, "delivered"), *_softs(3, 4)], []),
        ([*_softs(0, 1, 2), (2.5, "delivered"), *_softs(3, 4, 5, 6, 7)], SUPPRESSED),
        ([(0, "delivered"), *_softs(1, 2, 3, 4, 5)], SUPPRESSED),
        ([*_softs(0, 1, 2, 3, 4), (2.5, "delivered")], []),
        ([*_softs(0, 1, 2, 3, 4), (9, "delivered")], []),
        ([*_softs(1, 2, 3, 4, 5), (0, "delivered")], SUPPRESSED),
        (
            [*_softs(0, 1, 2, 3, 4), (5, "hard"), (9, "delivered")],
            [(SuppressionReason.HARD_BOUNCE, "Permanent/General")],
        ),
    ],
)
def test_address_is_suppressed_after_five_soft_bounces_without_a_delivery(
    days: Days, told: Sequence[tuple[float, str]], expected: list[tuple[SuppressionReason, str]]
) -> None:
    assert days(told) == expected


@pytest.mark.parametrize(
    ("limit", "n_days", "told", "expected"),
    [
        (1, 30, _softs(0), "1 soft bounce within 30 days"),
        (3, 2, _softs(0, 1, 2), "3 soft bounces within 2 days"),
        (3, 2, _softs(0, 1, 2.01), None),
        (3, 2, [*_softs(0, 1), (1.5, "delivered"), *_softs(2)], None),
        (6, 30, _softs(0, 1, 2, 3, 4), None),
    ],
)
def test_address_is_suppressed_by_the_rule_of_the_publication(
    session: Session,
    days: Days,
    limit: int,
    n_days: int,
    told: Sequence[tuple[float, str]],
    expected: str | None,
) -> None:
    row = session.get_one(Publication, 1)
    row.soft_bounce_limit, row.soft_bounce_days = limit, n_days
    session.commit()
    found = [(SuppressionReason.SOFT_BOUNCES, expected)] if expected else []
    assert days(told) == found


def test_soft_bounce_does_not_count_when_that_mail_was_delivered(
    session: Session, ledger: World, tell: Tell, now: datetime
) -> None:
    away, reader = bounce("Transient/General"), ledger.readers[0]
    for day in range(SOFT_BOUNCES):
        world = make_world(session, now, 0, IssueState.SENT)
        session.add(world.written_for(reader, now))
        session.commit()
        tag, at = delivery_tag(world.issue.public_id, reader.public_id), now + day * DAY
        delivered = said("Delivery", at, delivery_id=tag)
        tell(said("Bounce", at + DAY / 2, delivery_id=tag, part=away), delivered)
    assert _found(session) == []


def test_bounce_and_delivery_do_not_miss_each_other_when_two_workers_apply_them(
    session: Session, sessions: Sessions, ledger: World, tell: Tell, now: datetime
) -> None:
    reader = ledger.readers[0]
    worlds = [make_world(session, now, 0, IssueState.SENT) for _ in range(SOFT_BOUNCES)]
    session.add_all(world.written_for(reader, now) for world in worlds)
    session.commit()
    tags = [delivery_tag(world.issue.public_id, reader.public_id) for world in worlds]
    tell(*(said("Bounce", now, delivery_id=tag, part=SOFT) for tag in tags[1:]))
    both = [
        said("Bounce", now, delivery_id=tags[0], part=SOFT),
        said("Delivery", now + DAY, delivery_id=ledger.tag()),
    ]
    store(session, [RawEvent(f"both-{n}", text) for n, text in enumerate(both)], now)
    session.commit()

    def apply_other() -> None:
        with transaction(sessions) as other:
            apply_new(other, 1, PEPPER, SIGNER, now)

    second = threading.Thread(target=apply_other)
    with transaction(sessions) as first:
        apply_new(first, 1, PEPPER, SIGNER, now)
        second.start()
        second.join(0.3)
        assert second.is_alive()
    second.join(30)
    session.expire_all()
    assert _found(session) == []


def test_what_a_person_said_is_not_lifted_by_a_delivery(
    session: Session, ledger: World, tell: Tell, now: datetime
) -> None:
    key = ledger.readers[0].address_key or ""
    reason = SuppressionReason.SOFT_BOUNCES
    suppress(session, CLI, Address(key, key), reason, note="", pepper=PEPPER, now=now)
    reason = SuppressionReason.MANUAL
    suppress(session, CLI, Address(key, key), reason, note="they asked", pepper=PEPPER, now=now)
    session.commit()
    tell(said("Delivery", now, delivery_id=ledger.tag()))
    assert _found(session) == [(SuppressionReason.MANUAL, "they asked")]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([0.0, 1.0, 2.0, 15.0, 31.0, 32.0]),
            st.sampled_from(["soft", "soft", "soft", "delivered", "hard"]),
        ),
        min_size=5,
        max_size=9,
    ),
    st.randoms(use_true_random=False),
)
def test_soft_bounces_suppress_alike_in_any_order(
    session: Session, days: Days, told: list[tuple[float, str]], random: object
) -> None:
    shuffled = list(told)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # a Random, see above
    one = days(told)
    session.rollback()
    other = days(shuffled)
    session.rollback()
    assert one == other
