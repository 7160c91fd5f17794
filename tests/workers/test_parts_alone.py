"""Parts of a task that have no row of their own: one that fails is kept as a setback, and shown."""

from datetime import datetime, timedelta
from types import ModuleType

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.clock import system_clock
from app.db.session import Sessions, transaction
from app.delivery.alone import each_alone, list_setbacks
from app.delivery.partitions import ISSUES_EACH, ensure_partition
from app.enums import (
    DeliveryState,
    Depth,
    EditionState,
    EventState,
    IssueState,
    LinkKind,
    LinkOutcome,
)
from app.models import (
    Delivery,
    Document,
    DroppedStory,
    Edition,
    Event,
    IdempotencyKey,
    Import,
    LinkCheck,
    Mailbox,
    OutboxEntry,
    OutboxKind,
    Paste,
    ReaderClick,
    Served,
    Subscriber,
    User,
    UserSession,
    WebhookMessage,
)
from app.readers.imports.upload import begin_import
from app.settings import Settings
from tests.factories import make_issue, make_subscriber
from tests.outboxes import told_of
from tests.workers.conftest import Break

LONG = timedelta(days=500)
TABLES = {
    "answers": IdempotencyKey,
    "sign-ups": Mailbox,
    "events": Event,
    "links": LinkCheck,
    "imports": Import,
    "mailboxes": Served,
    "clicks": ReaderClick,
    "dropped stories": DroppedStory,
    "documents": Document,
    "pastes": Paste,
    "outbox": OutboxEntry,
    "webhooks": WebhookMessage,
    "sessions": UserSession,
}
"""The parts of `tidy` that delete, and the table that each has something old in."""

PROVEN = {
    "answers": "answers",
    "sign-ups": "mailboxes",
    "events": "events",
    "clicks": "clicks",
    "outbox": "outbox",
    "webhooks": "webhooks",
    "sessions": "sessions",
}
"""Those that hold something of a person, and what the proof of retention calls it."""

EMPTYING = {"where letters went", "unconfirmed", "left", "secrets", "times", "removed webhooks"}
"""The parts that empty or change rows instead, or take what a removed row has left:
tests/workers/test_retention.py."""


@pytest.fixture
def old(session: Session) -> None:
    """Add a row for each part to forget."""
    at = system_clock() - LONG
    issue = make_issue(session, state=IssueState.SENT, launched_at=at, created_at=at)
    document = {"issue_id": issue.id, "state": b"\x00\x00", "numbers": {}, "problems": []}
    session.add_all(
        [
            IdempotencyKey(
                owner=0, key="k", request_hash=b"h", status=200, body=b"{}", created_at=at
            ),
            Event(unique_id="e", received_at=at, body="", state=EventState.IGNORED),
            LinkCheck(url_hash=b"h", url="u", outcome=LinkOutcome.FINE, detail="", seen_at=at),
            Mailbox(digest=b"d", written_at=at, n_unanswered=1),
            Document(settled_version=1, n_bytes=2, **document),
            Paste(
                text="x",
                form="",
                name="",
                mends={},
                version=1,
                pasted_by="Ada",
                created_at=at,
                loaded_at=at,
            ),
            DroppedStory(story_id=1, issue_id=issue.id, dropped_at=at, fields={}),
            OutboxEntry(kind=OutboxKind.ISSUE_SENT, at=at, issue_id=issue.public_id, facts={}),
            Served(issue_id=issue.id, address_hmac=b"a", subscriber_id=1),
            ReaderClick(
                issue_id=issue.id,
                subscriber_id=1,
                kind=LinkKind.STORY,
                story_id=1,
                n_human=1,
                n_machine=0,
                first_at=at,
                last_at=at,
                was_machine=False,
            ),
        ]
    )
    _sign_in(session, at)
    told_of(session, at)
    begin_import(session, "a.csv", follows=0, depth=Depth.BRIEF, now=at)
    session.commit()


def _sign_in(session: Session, at: datetime) -> None:
    address = "ada@desk.example"
    user = User(name="Ada", address=address, address_key=address, roles=[], created_at=at)
    session.add(user)
    session.flush()
    session.add(
        UserSession(user_id=user.id, secret_hash=b"h", created_at=at, seen_at=at, agent="unknown")
    )


def _left(session: Session) -> set[str]:
    session.rollback()
    return {
        part
        for part, table in TABLES.items()
        if session.scalar(select(func.count()).select_from(table))
    }


def test_every_part_of_tidying_up_has_a_case(tasks: ModuleType, settings: Settings) -> None:
    from workers import context, parts  # noqa: PLC0415  # as the fixture

    whole = settings.model_copy(update={"left_days": 1})
    context.open_context(whole, worker="test")
    now = system_clock()
    assert {*tasks.tidy_parts(now), *parts.portioned_parts(now)} == {*TABLES, *EMPTYING}


@pytest.mark.parametrize("part", TABLES)
def test_part_of_tidying_up_that_fails_is_kept_as_a_setback_and_the_others_are_done(
    session: Session, tasks: ModuleType, break_row: Break, old: None, part: str
) -> None:
    break_row(TABLES[part].__tablename__, "DELETE", "true")
    for _ in range(2):
        tasks.tidy()
    assert _left(session) == {part}
    setbacks = {one.what: one for one in list_setbacks(session)}
    proven = {f"retention: {PROVEN[part]}"} if part in PROVEN else set()
    assert setbacks.keys() == {f"tidy: {part}"} | proven
    setback = setbacks[f"tidy: {part}"]
    assert setback.n_times == 2
    assert setback.reason == "RaiseException: this row is broken"
    assert setback.first_at < setback.last_at
    break_row()
    tasks.tidy()
    assert _left(session) == set()
    session.expire_all()
    assert list_setbacks(session) == []


def test_ledger_that_cannot_be_dropped_keeps_no_other_from_it(
    session: Session, tasks: ModuleType, break_row: Break
) -> None:
    at = system_clock() - LONG
    numbers = (1, 2, 3)
    for number in numbers:
        issue = make_issue(
            session,
            id=number * ISSUES_EACH,
            state=IssueState.SENT,
            launched_at=at,
            created_at=at,
            issued_on=(at + timedelta(days=number)).date(),
        )
        ensure_partition(session, issue.id)
        edition = Edition(
            issue_id=issue.id,
            follows=1,
            depth=Depth.DEEP,
            revision=1,
            state=EditionState.RENDERED,
            n_readers=1,
        )
        session.add(edition)
        session.flush()
        session.add(
            Delivery(
                issue_id=issue.id,
                subscriber_id=1,
                edition_id=edition.id,
                state=DeliveryState.ACCEPTED,
                attempt=1,
                at=at,
            )
        )
    session.commit()
    break_row("delivery_counts", "INSERT", f"NEW.issue_id = {ISSUES_EACH}")
    tasks.tidy()
    ledgers = "SELECT relname FROM pg_class WHERE relname ~ '^deliveries_p[123]$' ORDER BY 1"
    session.rollback()
    assert session.scalars(text(ledgers)).all() == ["deliveries_p1", "deliveries_p3"]
    named = {one.what for one in list_setbacks(session)}
    assert named == {f"tidy: the ledger from issue {ISSUES_EACH} on", "retention: ledger"}


def test_nothing_is_set_aside_when_the_database_is_at_fault(
    session: Session, sessions: Sessions, engine: Engine
) -> None:
    """A connection that the server ended would fail for any item."""
    set_aside: list[str] = []

    def lose(item: int) -> None:
        pid = session.scalar(text("SELECT pg_backend_pid()"))
        with engine.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
        session.execute(text("SELECT 1"))

    with pytest.raises(OperationalError):
        each_alone(session, "test", [1, 2], lose, lambda _, reason: set_aside.append(reason))
    assert set_aside == []
    with transaction(sessions) as other:
        assert list_setbacks(other) == []


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM a_table_that_a_migration_makes_later",
        "SET LOCAL transaction_read_only = on; INSERT INTO lifts SELECT",
    ],
)
def test_nothing_is_set_aside_when_it_would_be_the_same_for_all(
    session: Session, sessions: Sessions, statement: str
) -> None:
    set_aside: list[str] = []

    def ask(_: int) -> None:
        for part in statement.split("; "):
            session.execute(text(part))

    with pytest.raises(Exception, match=r"a_table|read-only"):
        each_alone(session, "test", [1], ask, lambda _, reason: set_aside.append(reason))
    assert set_aside == []


def test_item_that_somebody_holds_is_left_for_the_next_tick_and_the_rest_goes_on(
    session: Session, sessions: Sessions
) -> None:
    readers = [make_subscriber(session).id for _ in range(2)]
    session.commit()
    set_aside: list[str] = []
    with transaction(sessions) as holding, transaction(sessions) as working:
        holding.get_one(Subscriber, readers[0], with_for_update=True)
        working.execute(text("SET LOCAL lock_timeout = 50"))

        def leave(reader_id: int) -> int:
            return working.get_one(Subscriber, reader_id, with_for_update=True).id

        done = each_alone(
            working, "test", readers, leave, lambda _, reason: set_aside.append(reason)
        )
    assert (done, set_aside) == ([readers[1]], [])
