"""No migration keeps others waiting the longer the more readers there are."""

from typing import Final

import pytest
from sqlalchemy import NullPool, create_engine, text

from app.db import migrate
from app.db.base import Base
from tests.migrations.locks import watched

_GROWING: Final = {
    *("asks", "audit_entries", "batches", "calls", "challenges", "consents", "deferrals"),
    *("deliveries",),
    *("document_updates", "editions", "erased_addresses", "events", "idempotency_keys"),
    *("import_bad_rows", "import_pieces", "import_rows", "letters", "lifts", "mailboxes"),
    *("opinions", "outbox", "reader_clicks", "reader_signs", "served", "setbacks", "shares"),
    *("subscribers", "sunset_asks", "suppressions", "webhook_attempts", "webhook_messages"),
}
"""The tables that have rows for each reader, mail, event or change: millions of them."""

_SMALL: Final = {
    *("accounts", "api_keys", "categories", "corrections", "delivery_counts", "documents"),
    *("dropped_stories", "identities", "images", "imports", "installations", "issues"),
    *("reputation_days", "reputation_requirements"),
    *("link_checks", "notices", "passkeys", "pastes", "publications", "resends", "revisions"),
    *("schedule_days", "sign_in_links", "stories", "tracked_links", "unplaced_lines"),
    *("user_sessions", "users", "waivers", "webhook_positions", "webhooks", "wordings"),
}
"""The tables that people fill: thousands of rows after years."""

_BEFORE: Final = {
    "0004": {"batches", "calls"},
    "0007": {"consents", "events", "letters", "subscribers"},
    "0010": {"letters"},
    "0013": {"editions"},
    "0018": {"letters"},
    "0024": {"events"},
    "0028": {"letters", "shares", "subscribers"},
    "0032": {"events"},
    "0039": {"batches"},
    "0044": {"asks", "letters"},
    "0049": {"audit_entries"},
    "0051": {"challenges"},
    "0056": {"subscribers"},
    "0070": {"reader_clicks"},
    "0071": {"subscribers"},
}
"""What migrations of before this rule do; nothing may be added."""

_ROWS: Final = "reads all of it for rows to write"
_STOPS: Final = "reads all of it while nobody may write"

_IN_A_TRANSACTION: Final = {
    "ALTER TABLE things ADD COLUMN m int NOT NULL DEFAULT 1": None,
    "ALTER TABLE things ADD COLUMN m text DEFAULT clock_timestamp()": "rewrites it",
    "ALTER TABLE things ALTER COLUMN n TYPE bigint": "rewrites it",
    "ALTER TABLE things ALTER COLUMN n SET NOT NULL": _STOPS,
    "ALTER TABLE things ADD CONSTRAINT positive CHECK (n > 0)": _STOPS,
    "ALTER TABLE things ADD CONSTRAINT positive CHECK (n > 0) NOT VALID": None,
    "ALTER TABLE things ADD FOREIGN KEY (n) REFERENCES things": _STOPS,
    "CREATE TABLE others (thing_id int REFERENCES things)": None,
    "CREATE INDEX ON things (n)": _STOPS,
    "UPDATE things SET n = n + 1": _ROWS,
    "UPDATE things SET n = 2 WHERE id = 1": None,
}
_BUILDS: Final = "builds an index while nobody may write"
_ALONE: Final = {
    "ALTER TABLE things ALTER COLUMN n TYPE bigint": "rewrites it",
    "ALTER TABLE things VALIDATE CONSTRAINT known": None,
    "CREATE INDEX ON things (n)": _BUILDS,
    "CREATE UNIQUE INDEX IF NOT EXISTS by_n ON things (n)": _BUILDS,
    "ALTER TABLE things ADD CONSTRAINT by_n UNIQUE (n)": _BUILDS,
    "CREATE INDEX CONCURRENTLY ON things (n)": None,
    "CREATE INDEX CONCURRENTLY IF NOT EXISTS by_n ON things (n)": None,
    "UPDATE things SET n = 2 WHERE id < 1000": None,
}


@pytest.mark.parametrize("is_alone", [False, True])
def test_what_takes_long_is_seen_on_an_empty_table(
    empty_url: str,
    is_alone: bool,  # noqa: FBT001  # a case
) -> None:
    options = {"isolation_level": "AUTOCOMMIT"} if is_alone else {}
    engine = create_engine(empty_url, poolclass=NullPool, execution_options=options)
    cases = _ALONE if is_alone else _IN_A_TRANSACTION
    found = {}
    for statement in cases:
        with engine.begin() as connection:
            connection.execute(text("DROP TABLE IF EXISTS others, things"))
            connection.execute(text("CREATE TABLE things (id int PRIMARY KEY, n int)"))
            connection.execute(
                text("ALTER TABLE things ADD CONSTRAINT known CHECK (n < 9) NOT VALID")
            )
        with watched() as seen, engine.begin() as connection:
            connection.execute(text(statement))
        found[statement] = seen[0].long.get("things")
    assert found == cases


def test_every_table_is_known_to_grow_or_not_to() -> None:
    assert {table.name for table in Base.metadata.sorted_tables} == _GROWING | _SMALL
    assert not _GROWING & _SMALL


def test_no_migration_keeps_others_waiting_for_a_table_that_grows(empty_url: str) -> None:
    """Say with docs/upgrade.md what to do where this fails."""
    with watched() as seen:
        migrate.upgrade(empty_url)
    found: dict[str, set[str]] = {}
    for held in seen:
        if long := held.long.keys() & _GROWING:
            found.setdefault(held.revision, set()).update(long)
    assert found == _BEFORE
