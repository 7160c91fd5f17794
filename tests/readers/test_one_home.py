"""A reader's state: whichever way somebody leaves or is suppressed, it is one and the same step."""

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

import app
from app.actors import CLI
from app.addresses import parse_address
from app.db.session import Sessions, transaction
from app.delivery.suppression import lift, suppress, suppress_all
from app.enums import ConsentSource, ConsentStep, SubscriberState, SuppressionReason
from app.events.evidence import Consequence
from app.events.people import act
from app.models import Consent, OutboxEntry, Subscriber, Suppression
from app.outside.journal import Entry, JournalStep
from app.readers.consent import Origin
from app.readers.leave import leave, leave_all, leave_category
from app.recovery.people import apply_journal
from tests.factories import PEPPER
from tests.readers.importing import Importer
from tests.writes import Column, homes

_HEADING: Final = "email,status\n"
_ANN: Final = "ann@example.com"
_COMPLAINT: Final = SuppressionReason.COMPLAINT


@pytest.fixture
def ann(importer: Importer, sessions: Sessions) -> Subscriber:
    """Return a reader who came by an import, so that an import may close them, and paused."""
    importer.follows = 1
    importer.add(f"email\n{_ANN}\n")
    with transaction(sessions) as session:
        reader = session.scalars(select(Subscriber)).one()
        reader.paused_until = importer.now
    return reader


def _in_a_transaction(change: Callable[[Session, Subscriber, datetime], object]) -> Any:
    def by(importer: Importer, ann: Subscriber) -> list[tuple[Any, ...]]:
        with transaction(importer.sessions) as session:
            change(session, session.get_one(Subscriber, ann.id), importer.now)
            return [one for _, one in session.info.get("kept", [])]

    return by


def _event(what: Consequence) -> Any:
    return _in_a_transaction(
        lambda session, ann, now: act(session, [(ann.id, what)], [], PEPPER, now)
    )


def _journal(what: JournalStep, **facts: object) -> Any:
    def change(session: Session, ann: Subscriber, now: datetime) -> None:
        apply_journal(session, [Entry(what, now, (ann.address_hmac,), facts)], now)

    return _in_a_transaction(change)


def _file(state: str) -> Any:
    return lambda importer, _ann: importer.add(f"{_HEADING}{_ANN},{state}\n") and None


PAGE: Final = Origin(ConsentSource.PAGE)
_LEAVING: Final = {
    "alone": _in_a_transaction(lambda session, ann, now: leave(session, ann.id, now, PAGE)),
    "last": _in_a_transaction(
        lambda session, ann, now: leave_category(session, ann.id, 1, now, PAGE)
    ),
    "many": _in_a_transaction(lambda session, ann, now: leave_all(session, [ann.id], now, PAGE)),
    "event": _event(Consequence(leave=True)),
    "import": _file("unsubscribed"),
    "journal": _journal(JournalStep.LEFT, source="page"),
}
_SUPPRESSING: Final = {
    "alone": _in_a_transaction(
        lambda session, _ann, now: suppress(
            session, CLI, parse_address(_ANN), _COMPLAINT, note="", pepper=PEPPER, now=now
        )
    ),
    "many": _in_a_transaction(
        lambda session, ann, now: suppress_all(
            session,
            [
                (ann.address_hmac, _COMPLAINT, ""),
                (ann.address_hmac, SuppressionReason.HARD_BOUNCE, ""),
            ],
            now,
            {ann.address_hmac: ann.public_id},
        )
    ),
    "event": _event(Consequence(suppress=_COMPLAINT)),
    "import": _file("complained"),
    "journal": _journal(JournalStep.SUPPRESSED, reason="complaint"),
}


def _told_of(session: Session, reader: Subscriber) -> list[str]:
    entries = select(OutboxEntry.kind).where(OutboxEntry.reader_id == reader.public_id)
    return [kind.value for kind in session.scalars(entries.order_by(OutboxEntry.id))]


@pytest.mark.parametrize("way", _LEAVING)
def test_leaving_is_the_same_step_whichever_way(
    importer: Importer, ann: Subscriber, way: str
) -> None:
    importer.now = importer.now.replace(hour=8)
    kept = _LEAVING[way](importer, ann)
    with transaction(importer.sessions) as session:
        row = session.scalars(select(Subscriber)).one()
        assert (row.state, row.left_at) == (SubscriberState.LEFT, importer.now)
        assert (row.paused_until, row.follows, row.depth) == (None, ann.follows, ann.depth)
        steps = session.scalars(select(Consent).order_by(Consent.id)).all()
        assert [one.step for one in steps] == [ConsentStep.ADDED, ConsentStep.LEFT]
        assert (steps[1].at, steps[1].follows) == (importer.now, ann.follows)
        assert _told_of(session, ann) == ["reader.joined", "reader.left"]
    if kept is not None:
        source = steps[1].source
        keys = [ann.address_hmac.hex()]
        assert kept == [{"what": "left", "at": importer.now, "keys": keys, "source": source}]
    _LEAVING[way](importer, ann)
    with transaction(importer.sessions) as session:
        assert len(session.scalars(select(Consent)).all()) == 2, "once more changes nothing"


@pytest.mark.parametrize("way", _SUPPRESSING)
def test_suppressing_is_the_same_step_whichever_way(
    importer: Importer, ann: Subscriber, way: str
) -> None:
    importer.now = importer.now.replace(hour=8)
    kept = _SUPPRESSING[way](importer, ann)
    with transaction(importer.sessions) as session:
        row = session.scalars(select(Suppression)).one()
        assert (row.address_hmac, row.reason) == (ann.address_hmac, _COMPLAINT)
        assert row.created_at == importer.now
        assert _told_of(session, ann) == ["reader.joined", "reader.complained"]
    if kept is not None:
        keys, reason = [ann.address_hmac.hex()], _COMPLAINT
        assert kept == [{"what": "suppressed", "at": importer.now, "keys": keys, "reason": reason}]
    with transaction(importer.sessions) as session:
        lift(session, CLI, parse_address(_ANN), because="asked", pepper=PEPPER, now=importer.now)
        assert session.scalars(select(Suppression)).all() == []


_STATE: Final = Column(
    "subscribers", "Subscriber", "state", "SubscriberState", ("reader", "subscriber")
)
_STEP: Final = Column("consents", "Consent", "step", "ConsentStep")
_REASON: Final = Column("suppressions", "Suppression", "reason", "SuppressionReason")


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        (_STATE, "", {"erasure", "joining", "leave", "signup"}),
        (_STATE, r"'left'|\.LEFT\b", {"leave"}),
        (_STATE, r"'erased'|\.ERASED\b", {"erasure"}),
        (_STEP, "", {"consent", "joining", "leave", "signup"}),
        (_STEP, r"'left'|\.LEFT\b", {"leave"}),
        (_STEP, r"'added'|\.ADDED\b", {"joining"}),
    ],
)
def test_state_is_written_where_its_steps_are_at_home(
    column: Column, value: str, expected: set[str]
) -> None:
    assert homes(column, value) == {f"readers/{name}.py" for name in expected}


def test_reason_of_a_suppression_is_written_at_its_home() -> None:
    assert homes(_REASON, "") == {"delivery/suppression.py"}


_HOMES: Final = {
    r"time_zone, paused_until, created_at, confirmed_at\)|insert\(Subscriber\)": {
        "readers/joining.py"
    },
    r"'added', :source": {"readers/joining.py"},
    r"\.confirmed_at = now": {"readers/signup.py"},
    r"ConsentStep\.CAME_BACK, origin": {"readers/leave.py"},
    r"\.state = SubscriberState\.ERASED": {"readers/erasure.py"},
    r"ConsentStep\.LEFT,|, 'left', :source|, 'left', 'import'": {"readers/leave.py"},
    r"(?i)insert\s+into\s+suppressions|insert\(Suppression\)|[^\w]Suppression\(address": {
        "delivery/suppression.py"
    },
    r"(?i)delete\s+from\s+suppressions|delete\(Suppression\)": {"delivery/suppression.py"},
    r"remember\([^)]*JournalStep\.(SUPPRESSED|LIFTED)": {"delivery/suppression.py"},
    r"remember\([^)]*JournalStep\.LEFT": {"readers/leave.py"},
}
"""What is written only where such a step is at home, by what it looks like."""


@pytest.mark.parametrize("looks_like", _HOMES)
def test_step_is_written_down_once(looks_like: str) -> None:
    root = Path(app.__file__).parent
    found = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        if re.search(looks_like, path.read_text())
    }
    assert found == _HOMES[looks_like]
