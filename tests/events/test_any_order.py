"""The law of events: any order, any repeats, before or after the provider's own answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.delivery.letters import OpenLetter, close_letter
from app.delivery.reconcile import doubt_call
from app.delivery.record import close_call
from app.enums import CallState, DeliveryState, LetterKind
from app.events.apply import apply_new
from app.events.inbox import RawEvent, store
from app.models import Call, Delivery, Event, Letter, Subscriber, Suppression
from app.public_ids import letter_tag
from app.transports.base import Accepted, InDoubt, Outcome, Refused
from tests.events.conftest import World, make_world
from tests.events.told import bounce, complaint, said
from tests.factories import PEPPER, SIGNER

N_READERS = 2
TOLD: list[tuple[str, dict[str, Any]]] = [
    ("Send", {}),
    ("Delivery", {}),
    ("DeliveryDelay", {"delayType": "MailboxFull"}),
    ("Bounce", bounce()),
    ("Bounce", bounce("Permanent/OnAccountSuppressionList")),
    ("Bounce", bounce("Permanent/UnsubscribedRecipient")),
    ("Bounce", bounce("Transient/MailboxFull")),
    ("Bounce", bounce("Transient/General")),
    ("Complaint", complaint()),
    ("Complaint", complaint("not-spam")),
    ("Reject", {}),
    ("Rendering Failure", {"errorMessage": "Attribute 'x' is not present"}),
    ("Open", {}),
    ("Click", {}),
    ("Teleportation", {}),
]


@dataclass(frozen=True)
class Told:
    """An event about the mail at `place`; the one behind the readers is the Letter."""

    place: int
    what: int
    minutes: int


@dataclass(frozen=True)
class Answered:
    """The moment in which the Call of the Issue, or the Letter's, is closed or given up."""

    whose: str


Step = Told | Answered

told = st.builds(Told, st.integers(0, N_READERS), st.integers(0, len(TOLD) - 1), st.integers(0, 2))
answers: dict[str, Outcome] = {
    "accepted": Accepted("m-{place}"),
    "in doubt": InDoubt("read_timeout"),
    "refused": Refused("never", "MessageRejected"),
}


@st.composite
def _histories(draw: st.DrawFn) -> tuple[str, list[list[Step]]]:
    """Draw the provider's answer, and the same steps in three orders, some of them repeated."""
    facts = draw(st.lists(told, min_size=1, max_size=8, unique=True))
    orders = []
    for _ in range(3):
        steps: list[Step] = [*facts, Answered("issue"), Answered("letter")]
        steps += draw(st.lists(st.sampled_from(facts), max_size=3))
        orders.append(draw(st.permutations(steps)))
    return draw(st.sampled_from([*answers, "lost"])), orders


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_histories(), st.integers(1, 4))
def test_ledger_is_the_same_when_events_come_in_any_order_and_again(
    session: Session, now: datetime, history: tuple[str, list[list[Step]]], at_once: int
) -> None:
    answer, orders = history
    ends = []
    for steps in orders:
        ends.append(_live(session, now, answer, steps, at_once))
        session.rollback()
    assert ends[0] == ends[1] == ends[2]


def _live(
    session: Session, now: datetime, answer: str, steps: Sequence[Step], at_once: int
) -> list[object]:
    """Return the ledger after these steps, by place, since ids differ from one run to the next."""
    world = make_world(session, now, N_READERS)
    letter = _letter(session, world, now)
    tags = [world.tag(place) for place in range(N_READERS)] + [letter_tag(letter.public_id)]
    for number, step in enumerate(steps):
        if isinstance(step, Answered):
            _answer(session, world, letter, answer, step.whose, now)
        else:
            store(session, [RawEvent(f"step-{number}", _message(step, tags, world, now))], now)
        if number % at_once == 0:
            apply_new(session, at_once, PEPPER, SIGNER, now)
    while apply_new(session, 3, PEPPER, SIGNER, now):
        pass
    session.expire_all()
    return _ledger(session, world)


def _letter(session: Session, world: World, now: datetime) -> Letter:
    letter = Letter(
        kind=LetterKind.CONFIRMATION,
        subscriber_id=world.readers[0].id,
        facts={},
        state=DeliveryState.SENDING,
        attempt=1,
        not_before=now,
        created_at=now,
    )
    session.add(letter)
    session.flush()
    return letter


def _message(step: Told, tags: Sequence[str], world: World, now: datetime) -> str:
    kind, part = TOLD[step.what]
    at = now + timedelta(minutes=step.minutes)
    # The Letter is to the first of them.
    address = world.readers[step.place % N_READERS].address or ""
    tag, provider_id = tags[step.place], f"m-{step.place}"
    return said(kind, at, delivery_id=tag, address=address, provider_id=provider_id, part=part)


def _answer(
    session: Session, world: World, letter: Letter, answer: str, whose: str, now: datetime
) -> None:
    if whose == "letter":
        call = Call(
            letter_id=letter.id,
            subscriber_ids=[],
            state=CallState.OPEN,
            attempt=1,
            worker="one",
            opened_at=now,
        )
        session.add(call)
        session.flush()
        opened = OpenLetter(call.id, letter.id, letter.kind, None, "", {}, 1, now, 0, None)
        # A Letter that nobody answered for is sent once more; here its outcome is always told.
        outcome = Accepted(f"m-{N_READERS}") if answer == "accepted" else Refused("never", "no")
        session.expire_all()
        close_letter(session, opened, outcome, now)
    elif answer == "lost":
        doubt_call(session, world.call, world.batch, now)
    else:
        outcomes = [_outcome(answer, place) for place in range(N_READERS)]
        close_call(session, world.call.id, outcomes, now)
    session.flush()


def _outcome(answer: str, place: int) -> Outcome:
    found = answers[answer]
    return Accepted(f"m-{place}") if isinstance(found, Accepted) else found


def _ledger(session: Session, world: World) -> list[object]:
    rows = session.scalars(
        select(Delivery).where(Delivery.issue_id == world.issue.id).order_by(Delivery.subscriber_id)
    ).all()
    people = session.scalars(select(Subscriber).order_by(Subscriber.id)).all()
    suppressed = {row.address_hmac: row for row in session.scalars(select(Suppression))}
    letters = session.scalars(select(Letter)).all()
    return [
        [_standing(row) for row in rows] + [_standing(row) for row in letters],
        [one.state for one in people],
        [
            (found.reason, found.note) if (found := suppressed.get(one.address_hmac)) else None
            for one in people
        ],
        {event.state for event in session.scalars(select(Event))},
    ]


def _standing(row: Delivery | Letter) -> tuple[object, ...]:
    known = row.accepted_by, row.event_at
    return row.state, row.reason, row.provider_id, row.attempt, *known
