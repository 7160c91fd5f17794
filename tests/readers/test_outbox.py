"""What is published of readers: once for each step, whether it is taken for one or for many."""

import itertools
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.addresses import Address, parse_address
from app.db.session import transaction
from app.delivery.suppression import suppress
from app.enums import (
    ConsentSource,
    ConsentStep,
    Depth,
    LetterKind,
    SubscriberState,
    SuppressionReason,
)
from app.models import Consent, Letter, OutboxEntry, Subscriber
from app.readers.consent import Origin
from app.readers.erasure import erase
from app.readers.joining import NewReader, add_active
from app.readers.leave import come_back, leave, leave_category
from app.readers.new_address import ask_new_address, take_new_address
from app.readers.signup import SignupFields, confirm
from app.readers.subscribers import change_preferences
from tests.factories import PEPPER, make_category, make_subscriber
from tests.outboxes import last_entry, published
from tests.readers.importing import Importer
from tests.readers.signing_up import sign_up_now

Take = Callable[[Session, Subscriber, datetime], object]
PAGE: Final = Origin(ConsentSource.PAGE)
EDITOR: Final = Origin(ConsentSource.EDITOR)


@pytest.fixture
def ann(session: Session) -> Subscriber:
    """Make an active reader of two categories."""
    reader = make_subscriber(session, "ann@example.com", follows=3)
    session.commit()
    return reader


def _sign_up(session: Session, now: datetime, text: str = "ann@example.com") -> None:
    sign_up_now(session, SignupFields(parse_address(text)), now, PAGE)


def _suppressing(reason: SuppressionReason) -> Take:
    def take(session: Session, _: Subscriber, now: datetime) -> None:
        address = parse_address("ann@example.com")
        suppress(
            session, CLI, address, reason, now=now, pepper=PEPPER, note="ann@example.com called"
        )

    return take


def _move(session: Session, reader: Subscriber, now: datetime) -> None:
    ask_new_address(session, reader, parse_address("new@example.com"), PEPPER, now)
    asked = select(Letter.id).where(Letter.kind == LetterKind.NEW_ADDRESS).order_by(Letter.id)
    take_new_address(session, session.scalars(asked).all()[-1], PEPPER, now, PAGE)


def _left(session: Session, reader: Subscriber, now: datetime) -> None:
    """Let the reader leave, and nobody hear of it."""
    leave(session, reader.id, now - timedelta(hours=1), PAGE)
    session.execute(delete(OutboxEntry))


def _pending(session: Session, reader: Subscriber, now: datetime) -> None:
    reader.state, reader.confirmed_at, reader.asked_at = SubscriberState.PENDING, None, now


def _as_they_are(session: Session, reader: Subscriber, now: datetime) -> None:
    """Change nothing."""


STEPS: dict[str, tuple[Take, Take, list[str]]] = {
    "sign up again": (
        _left,
        lambda session, _, now: _sign_up(session, now),
        ["reader.joined"],
    ),
    "confirm": (
        _pending,
        lambda session, ann, now: confirm(session, ann.id, now, PAGE),
        ["reader.confirmed"],
    ),
    "leave": (
        _as_they_are,
        lambda session, ann, now: leave(session, ann.id, now, PAGE),
        ["reader.left"],
    ),
    "leave a category": (
        _as_they_are,
        lambda session, ann, now: leave_category(session, ann.id, 1, now, PAGE),
        ["reader.changed"],
    ),
    "leave all categories": (
        _as_they_are,
        lambda session, ann, now: leave_category(session, ann.id, 3, now, PAGE),
        ["reader.left"],
    ),
    "come back": (
        _left,
        lambda session, ann, now: come_back(session, ann.id, now, PAGE),
        ["reader.joined"],
    ),
    "come back to one category more": (
        _left,
        lambda session, ann, now: come_back(session, ann.id, now, PAGE, mask=4),
        ["reader.joined", "reader.changed"],
    ),
    "change": (
        _as_they_are,
        lambda session, ann, now: change_preferences(
            session, None, ann.id, {"depth": Depth.BRIEF, "follows": 1, "hour": None}, now, PAGE
        ),
        ["reader.changed"],
    ),
    "pause": (
        _as_they_are,
        lambda session, ann, now: change_preferences(
            session, None, ann.id, {"paused_until": now}, now, PAGE
        ),
        ["reader.changed"],
    ),
    "move": (_as_they_are, _move, ["reader.changed"]),
    "erase": (
        _as_they_are,
        lambda session, ann, now: erase(session, None, ann.id, now, PAGE),
        ["reader.erased"],
    ),
    "bounce": (_as_they_are, _suppressing(SuppressionReason.HARD_BOUNCE), ["reader.bounced"]),
    "bounce softly": (
        _as_they_are,
        _suppressing(SuppressionReason.SOFT_BOUNCES),
        ["reader.bounced"],
    ),
    "complain": (_as_they_are, _suppressing(SuppressionReason.COMPLAINT), ["reader.complained"]),
    "are suppressed by hand": (_as_they_are, _suppressing(SuppressionReason.MANUAL), []),
}
"""What there is before, the step of a reader, and what it publishes."""


@pytest.mark.parametrize("step", STEPS)
def test_step_publishes_its_kinds_with_the_readers_public_id_and_once_more_nothing(
    session: Session, ann: Subscriber, now: datetime, step: str
) -> None:
    make_category(session)
    prepare, take, kinds = STEPS[step]
    prepare(session, ann, now)
    session.commit()
    take(session, ann, now)
    assert published(session) == kinds
    for entry in session.scalars(select(OutboxEntry)).all():
        assert (entry.reader_id, entry.issue_id, entry.at) == (ann.public_id, None, now)
        assert "@" not in str(entry.facts)
    session.commit()
    if step != "move":
        take(session, ann, now)
    assert published(session) == kinds


@pytest.mark.parametrize("step", STEPS)
def test_step_that_is_rolled_back_publishes_nothing(
    session: Session, ann: Subscriber, now: datetime, step: str
) -> None:
    make_category(session)
    prepare, take, _ = STEPS[step]
    prepare(session, ann, now)
    session.commit()
    take(session, ann, now)
    session.rollback()
    assert published(session) == []


def test_new_reader_joins_once_however_often_they_sign_up(session: Session, now: datetime) -> None:
    make_category(session)
    for hours in range(3):
        _sign_up(session, now + timedelta(hours=2 * hours), "bob@example.com")
    assert published(session) == ["reader.joined"]
    assert last_entry(session).facts == {"state": "pending", "source": "page"}


def test_change_says_which_preferences_and_not_to_what(
    session: Session, ann: Subscriber, now: datetime
) -> None:
    changes = {"depth": Depth.BRIEF, "follows": 1, "time_zone": "Europe/Vienna", "hour": None}
    change_preferences(session, None, ann.id, changes, now, PAGE)
    assert last_entry(session).facts == {"fields": ["categories", "depth", "time_zone"]}


def test_reader_whose_address_another_takes_over_is_erased_into_them(
    session: Session, ann: Subscriber, now: datetime
) -> None:
    other = make_subscriber(session, "new@example.com")
    _move(session, ann, now)
    entries = session.scalars(select(OutboxEntry).order_by(OutboxEntry.id)).all()
    assert [(one.kind, one.reader_id) for one in entries] == [
        ("reader.erased", other.public_id),
        ("reader.changed", ann.public_id),
    ]
    assert entries[0].facts == {"now_reader": ann.public_id}


_FILE: Final = "email,status\n"
_RUNS: Final = itertools.count()
_SAYS: Final = {
    "unsubscribed": lambda session, reader, now: leave(session, reader.id, now, PAGE),
    "bounced": lambda session, reader, now: suppress(
        session,
        CLI,
        _address(reader),
        SuppressionReason.HARD_BOUNCE,
        now=now,
        note="",
        pepper=PEPPER,
    ),
    "complained": lambda session, reader, now: suppress(
        session, CLI, _address(reader), SuppressionReason.COMPLAINT, now=now, note="", pepper=PEPPER
    ),
    "active": _as_they_are,
}


def _address(reader: Subscriber) -> Address:
    assert reader.address is not None
    return parse_address(reader.address)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=8)
@given(says=st.lists(st.sampled_from(sorted(_SAYS)), min_size=1, max_size=12))
def test_import_publishes_as_many_as_the_same_steps_of_single_readers(
    importer: Importer, says: list[str]
) -> None:
    run = next(_RUNS)
    imported = [f"imported{run}-{n}@example.com" for n in range(len(says))]
    single = [f"single{run}-{n}@example.com" for n in range(len(says))]
    importer.follows = 1
    importer.add("email\n" + "\n".join(imported) + "\n")
    rows = [f"{who},{what}" for who, what in zip(imported, says, strict=True)]
    importer.add(_FILE + "\n".join([*rows, "stranger@example.com,bounced"]) + "\n")
    with transaction(importer.sessions) as session:
        wanted = [NewReader(parse_address(one), 1, Depth.BRIEF) for one in single]
        add_active(session, CLI, wanted, PEPPER, importer.now, EDITOR)
        session.flush()
        for who, what in zip(single, says, strict=True):
            reader = session.scalars(select(Subscriber).where(Subscriber.address == who)).one()
            _SAYS[what](session, reader, importer.now)
    with transaction(importer.sessions) as session:
        kinds = {name: _counts(session, f"{name}{run}-") for name in ("imported", "single")}
        _agree_with_consents(session)
    assert kinds["imported"] == kinds["single"]
    assert kinds["single"]["reader.joined"] == len(says)


def _counts(session: Session, name: str) -> Counter[str]:
    theirs = Subscriber.address.startswith(name)
    kinds = select(OutboxEntry.kind).join(Subscriber, Subscriber.public_id == OutboxEntry.reader_id)
    return Counter(kind.value for kind in session.scalars(kinds.where(theirs)))


def _agree_with_consents(session: Session) -> None:
    """Check that who joined and who left has a step of consent for it, and the other way round."""
    steps = Counter(session.scalars(select(Consent.step)))
    kinds = Counter(published(session))
    assert kinds["reader.joined"] == steps[ConsentStep.ADDED]
    assert kinds["reader.left"] == steps[ConsentStep.LEFT]
