"""A mailbox that is full for long is written to no more, by whatever way that is known."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.delivery.letters import close_letter, open_letter, queue_letter
from app.delivery.record import close_call
from app.delivery.soft_bounces import too_many_soft
from app.enums import Cause, DeliveryState, IssueState, LetterKind, SuppressionReason
from app.models import AcceptedBy, Letter, OutboxEntry, OutboxKind, Subscriber, Suppression
from app.transports.answers import Answer
from app.transports.base import Accepted, Outcome, Refused
from tests.events.conftest import make_world
from tests.factories import make_subscriber

DAY = timedelta(days=1)
FULL = Refused("never", "552", answer=Answer(Cause.MAILBOX, "5.2.2"))
LATER_FULL = Refused("later", "452", answer=Answer(Cause.MAILBOX, "4.2.2"))
OURS = Refused("later", "451", answer=Answer(Cause.OURS, "4.7.0"))
TAKEN = Accepted("m@devoured.example")
SUPPRESSED = [(SuppressionReason.SOFT_BOUNCES, "5 soft bounces within 30 days")]

Live = Callable[[Sequence[tuple[float, Outcome]]], None]


def _found(session: Session) -> list[tuple[SuppressionReason, str]]:
    return [(row.reason, row.note) for row in session.scalars(select(Suppression))]


@pytest.fixture
def live(session: Session, now: datetime) -> Live:
    """Return a function that closes one Call after the other, of an Issue each, to one reader."""
    reader = make_subscriber(session)

    def live(answers: Sequence[tuple[float, Outcome]]) -> None:
        for day, outcome in answers:
            at = now + day * DAY
            world = make_world(session, at, 0, IssueState.SENT)
            world.call.subscriber_ids = [reader.id]
            world.call.attempt = 20  # what is refused for now is tried no more
            session.flush()
            assert close_call(session, world.call.id, [outcome], at)
            session.flush()

    return live


def _fulls(*on: float) -> list[tuple[float, Outcome]]:
    return [(day, FULL) for day in on]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (_fulls(0, 1, 2, 3), []),
        (_fulls(0, 1, 2, 3, 4), SUPPRESSED),
        ([(day, LATER_FULL) for day in range(5)], SUPPRESSED),
        (_fulls(0, 1, 2, 3, 30.01), []),
        ([*_fulls(0, 1, 2), (2.5, TAKEN), *_fulls(3, 4)], []),
        ([*_fulls(0, 1, 2), (2.5, TAKEN), *_fulls(3, 4, 5, 6, 7)], SUPPRESSED),
        ([(day, OURS) for day in range(9)], []),
        ([*_fulls(0, 1, 2, 3), (4, OURS)], []),
        ([(day, Refused("never", "550")) for day in range(9)], []),
    ],
)
def test_address_is_suppressed_after_five_refusals_of_a_full_mailbox(
    session: Session,
    live: Live,
    answers: list[tuple[float, Outcome]],
    expected: list[tuple[SuppressionReason, str]],
) -> None:
    live(answers)
    assert _found(session) == expected
    told = session.scalars(
        select(OutboxEntry.kind).where(OutboxEntry.kind == OutboxKind.READER_BOUNCED)
    ).all()
    assert len(told) == len(expected)


def test_letters_that_are_refused_count_with_issues(
    session: Session, live: Live, now: datetime
) -> None:
    live(_fulls(0, 1, 2, 3))
    reader = session.scalars(select(Subscriber)).one()
    queue_letter(session, LetterKind.PREFERENCES_LINK, subscriber_id=reader.id, now=now)
    letter = session.scalars(select(Letter)).one()
    opened = open_letter(session, letter.id, "one", now + 4 * DAY)
    assert opened is not None
    close_letter(session, opened, FULL, now + 4 * DAY)
    assert _found(session) == SUPPRESSED


def test_whoever_moved_since_is_judged_by_the_new_mailbox(
    session: Session, live: Live, now: datetime
) -> None:
    live(_fulls(0, 1, 2, 3))
    session.scalars(select(Subscriber)).one().moved_at = now + 3.5 * DAY
    session.flush()
    live(_fulls(4, 5, 6, 7))
    assert _found(session) == []
    live(_fulls(8))
    assert _found(session) == SUPPRESSED


def _row(what: str, at: datetime) -> dict[str, Any]:
    """Return what stands in the ledger of a mail: refused or taken in the dialogue, or told."""
    soft: dict[str, Any] = {"state": DeliveryState.BOUNCED, "cause": Cause.MAILBOX}
    refused = {**soft, "reason": "Transient/SMTP 5.2.2", "accepted_by": None, "event_at": None}
    bounced = {**soft, "reason": "Transient/MailboxFull", "event_at": at}
    return {
        "refused": {**refused, "provider_id": None},
        "taken": {"state": DeliveryState.ACCEPTED, "event_at": None},
        "bounced": bounced,
        "sent": {"state": DeliveryState.ACCEPTED, "event_at": at},
        "delivered": {"state": DeliveryState.DELIVERED, "event_at": at},
        "doubt settled by hand": {
            "state": DeliveryState.ACCEPTED,
            "accepted_by": AcceptedBy.PERSON,
        },
    }[what]


def _is_too_many(told: Sequence[tuple[float, str]]) -> bool:
    """Return whether five soft bounces within 30 days have nothing behind them that ends them."""
    soft = sorted(
        day
        for day, what in told
        if what in {"refused", "bounced"}
        and not any(
            behind >= day and (ends == "delivered" or (ends == "taken" and what == "refused"))
            for behind, ends in told
        )
    )
    return any(last - first <= 30 for first, last in zip(soft, soft[4:], strict=False))


KINDS = ("refused", "refused", "bounced", "bounced", "taken", "sent", "delivered")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([0.0, 1.0, 2.0, 3.0, 15.0, 31.0, 32.0]),
            st.sampled_from([*KINDS, "doubt settled by hand"]),
        ),
        min_size=5,
        max_size=12,
    )
)
def test_both_kinds_are_counted_and_each_is_ended_by_what_says_that_it_arrived(
    session: Session, now: datetime, told: list[tuple[float, str]]
) -> None:
    reader = make_subscriber(session)
    for day, what in told:
        at = now + day * DAY
        world = make_world(session, at, 0, IssueState.SENT)
        session.add(world.written_for(reader, at, **_row(what, at)))
    found, _ = too_many_soft(session, {reader.id})
    assert found == ({reader.id} if _is_too_many(told) else set())
    session.rollback()
