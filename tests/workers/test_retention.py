"""Nothing personal is kept for longer than docs/retention.md says, and what is, is told."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest
from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from app.actors import CLI
from app.clock import system_clock
from app.db.base import Base
from app.delivery.alone import list_setbacks
from app.delivery.letters import queue_letter
from app.enums import (
    DeliveryState,
    Depth,
    LetterKind,
    SubscriberState,
    SuppressionReason,
)
from app.models import (
    Ask,
    AuditEntry,
    Challenge,
    ChallengeKind,
    ErasedAddress,
    Event,
    ImportBadRow,
    ImportPiece,
    Letter,
    SignInLink,
    Subscriber,
    Suppression,
    User,
    WebhookMessage,
)
from app.readers.imports.upload import add_piece, begin_import
from app.readers.retention import AT_ONCE, erase_left, erase_unconfirmed
from app.settings import Settings
from app.webhooks.endpoints import remove_webhook
from tests.factories import make_subscriber
from tests.outboxes import told_of
from workers.retention import GRACE, KeptTooLongError, proofs

ROOT: Final = Path(__file__).resolve().parents[2]
PAGE: Final = (ROOT / "docs" / "retention.md").read_text(encoding="utf-8")
DAY: Final = timedelta(days=1)


def _state(session: Session, reader: Subscriber) -> SubscriberState:
    session.flush()
    session.refresh(reader)
    return reader.state


def test_who_never_confirmed_is_erased_in_time_and_an_import_may_add_them(
    session: Session, now: datetime
) -> None:
    pending: dict[str, Any] = {"state": SubscriberState.PENDING, "confirmed_at": None}
    pending["created_at"] = now - 90 * DAY
    old = make_subscriber(session, **pending, asked_at=now - 31 * DAY)
    never_asked = make_subscriber(session, **pending)
    asked_again = make_subscriber(session, **pending, asked_at=now - 29 * DAY)
    active = make_subscriber(session, asked_at=now - 90 * DAY)
    held = Suppression(
        address_hmac=old.address_hmac,
        reason=SuppressionReason.HARD_BOUNCE,
        note="",
        created_at=now,
    )
    session.add(held)

    assert erase_unconfirmed(session, now - 30 * DAY, now) == 2
    assert [_state(session, one) for one in (old, never_asked)] == [SubscriberState.ERASED] * 2
    assert (old.address, old.address_key, old.address_hmac) == (None, None, b"")
    assert _state(session, asked_again) is SubscriberState.PENDING
    assert _state(session, active) is SubscriberState.ACTIVE
    assert session.scalar(select(func.count()).select_from(ErasedAddress)) == 0
    assert session.scalar(select(func.count()).select_from(Suppression)) == 1
    entry = session.scalars(select(AuditEntry).limit(1)).one()
    assert (entry.who_kind, entry.verb) == ("system", "erase_reader")


def test_who_left_is_erased_in_time_and_no_import_brings_them_back(
    session: Session, now: datetime
) -> None:
    gone = {"state": SubscriberState.LEFT}
    old = make_subscriber(session, **gone, left_at=now - 100 * DAY)
    lately = make_subscriber(session, **gone, left_at=now - 50 * DAY)
    back = make_subscriber(session, left_at=now - 100 * DAY)
    mark = old.address_hmac

    assert erase_left(session, now - 60 * DAY, now) == 1
    assert _state(session, old) is SubscriberState.ERASED
    assert _state(session, lately) is SubscriberState.LEFT
    assert _state(session, back) is SubscriberState.ACTIVE
    assert session.scalars(select(ErasedAddress.address_hmac)).all() == [mark]


def _queue(session: Session, at: datetime, state: DeliveryState) -> Letter:
    letter = queue_letter(
        session,
        LetterKind.TEST,
        address="somebody@example.com",
        mailbox=b"digest",
        facts={"issue_id": 1},
        now=at,
    )
    letter.state = state
    return letter


def test_tidying_up_goes_on_until_nothing_old_is_left(session: Session, tasks: ModuleType) -> None:
    at = system_clock() - 40 * DAY
    session.execute(
        text(
            "INSERT INTO events (unique_id, received_at, body, state)"
            " SELECT n::text, :at, '', 'applied' FROM generate_series(1, 10001) AS n"
        ),
        {"at": at},
    )
    for n in range(AT_ONCE + 1):
        pending = {"state": SubscriberState.PENDING, "confirmed_at": None, "created_at": at}
        make_subscriber(session, f"{n}@example.com", **pending)
    sent = _queue(session, at, DeliveryState.ACCEPTED)
    waiting = _queue(session, at, DeliveryState.QUEUED)
    session.commit()

    tasks.tidy()
    session.rollback()
    session.expire_all()

    assert session.scalar(select(func.count()).select_from(Event)) == 0
    assert set(session.scalars(select(Subscriber.state))) == {SubscriberState.ERASED}
    assert (sent.address, sent.mailbox, sent.facts) == (None, None, {})
    assert (waiting.address, waiting.facts) == ("somebody@example.com", {"issue_id": 1})
    assert list_setbacks(session) == []


def test_tidying_up_forgets_what_removed_webhooks_were_told_and_nothing_of_others(
    session: Session, tasks: ModuleType
) -> None:
    at = system_clock()
    told = [told_of(session, at, str(n)) for n in range(4)]
    stay = {told[1].webhook_id, told[3].webhook_id}
    for one in (told[0], told[2]):
        remove_webhook(session, CLI, one.webhook_id, at)
    session.commit()

    tasks.tidy()
    session.rollback()
    session.expire_all()

    assert set(session.scalars(select(WebhookMessage.webhook_id))) == stay
    assert list_setbacks(session) == []


def _old_rows(session: Session, at: datetime) -> None:
    """Add something of each kind that tidying up looks after by other means than its age."""
    user = User(name="Ada", address="a@x.example", address_key="a@x.example", roles=[])
    user.created_at = at
    session.add(user)
    session.flush()
    link = {"user_id": user.id, "secret_hash": b"l", "created_at": at, "expires_at": at}
    what = {"kind": ChallengeKind.PROVIDER, "secret_hash": b"c", "created_at": at}
    asked = {"address": "a@x.example", "address_key": "a@x.example", "is_limited": False}
    session.add_all(
        [
            SignInLink(**link),
            Challenge(**what, expires_at=at),
            Ask(kind="sign_in", asked_at=at, language="", **asked),
        ]
    )
    row = begin_import(session, "a.csv", follows=0, depth=Depth.BRIEF, now=at)
    add_piece(session, row.id, b"email\na@x.example\n")
    session.add(ImportBadRow(import_id=row.id, line=1, reason="r", cells=["x"]))
    pending: dict[str, Any] = {"state": SubscriberState.PENDING, "confirmed_at": None}
    pending["created_at"] = at
    make_subscriber(session, **pending)
    make_subscriber(session, state=SubscriberState.LEFT, left_at=at)
    _queue(session, at, DeliveryState.ACCEPTED)
    session.flush()


def _told(session: Session, settings: Settings, now: datetime) -> set[str]:
    """Return what the proof finds."""
    found = set()
    for name, proof in proofs(settings, now).items():
        try:
            proof(session)
        except KeptTooLongError as error:
            assert re.match(r"(\d+|1000 or more) of ", str(error))  # noqa: PT017  # each or none
            found.add(name)
    return found


def test_what_was_not_forgotten_is_told_and_nothing_that_is_young(
    session: Session, settings: Settings, now: datetime
) -> None:
    whole = settings.model_copy(update={"left_days": 60})
    _old_rows(session, now - 500 * DAY)

    assert _told(session, whole, now - 500 * DAY + GRACE) == set()
    assert _told(session, whole, now) == {
        "asks",
        "letters",
        "sign-in links",
        "challenges",
        "pieces of imported files",
        "bad rows of imports",
        "readers who never confirmed",
        "readers who left",
    }
    for table in (ImportPiece, ImportBadRow):
        assert session.scalar(select(func.count()).select_from(table)) == 1
    kept = settings.model_copy(update={"pending_days": 0, "left_days": 0})
    assert "readers who never confirmed" not in _told(session, kept, now)
    assert "readers who left" not in _told(session, kept, now)


def test_failure_to_forget_is_a_setback_until_it_is_mended(
    session: Session, tasks: ModuleType
) -> None:
    now = system_clock()
    asked = {"address": "a@x.example", "address_key": "a@x.example", "is_limited": False}
    session.add(Ask(kind="sign_in", asked_at=now - 4 * DAY, language="", **asked))
    session.commit()

    tasks.tidy()
    session.rollback()
    (setback,) = list_setbacks(session)
    assert setback.what == "retention: asks"
    assert "1 of asks should have been forgotten (docs/retention.md)" in setback.reason

    session.execute(delete(Ask))
    session.commit()
    tasks.tidy()
    session.rollback()
    session.expire_all()
    assert list_setbacks(session) == []


@pytest.mark.parametrize("table", sorted(Base.metadata.tables))
def test_page_says_of_every_table_what_is_kept_in_it(table: str) -> None:
    assert f"`{table}`" in PAGE


def test_page_says_each_setting_and_names_tests_that_are_there() -> None:
    settings = re.findall(r"`DEVOURED_([A-Z_]+)`", PAGE)
    tests = re.findall(r"`(tests/[a-z_/]+\.py)`", PAGE)

    spans = {name for name in Settings.model_fields if name.endswith("_days")} | {
        "session_idle_hours"
    }
    assert {name.lower() for name in settings} >= spans
    assert len(set(tests)) > 8
    assert [one for one in tests if not (ROOT / one).exists()] == []
