"""The migrations make what the models say, forwards and back, and fit one line."""

import re
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import dict_row

from app.db import migrate
from app.db.base import Base
from app.db.session import make_engine
from app.models import Publication
from localdev.draft_migration import draft, next_number

_CONSTRAINTS = (
    "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace AND conrelid <> 'alembic_version'::regclass"
    " AND conrelid::regclass::text NOT LIKE 'deliveries\\_p%'"
)
_COLUMNS = (
    "SELECT table_name, column_name, data_type, udt_name, is_nullable, column_default"
    " FROM information_schema.columns"
    " WHERE table_schema = 'public' AND table_name <> 'alembic_version'"
    " AND table_name NOT LIKE 'deliveries\\_p%'"
)
_INDEXES = (
    "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
    " AND tablename NOT LIKE 'deliveries\\_p%'"
)


def _shape(url: str) -> dict[str, list[tuple[object, ...]]]:
    queries = {"columns": _COLUMNS, "constraints": _CONSTRAINTS, "indexes": _INDEXES}
    with psycopg.connect(url) as connection:
        return {what: sorted(connection.execute(sql), key=repr) for what, sql in queries.items()}


def test_versions_are_numbered_in_their_order() -> None:
    names = sorted(path.name for path in (migrate.MIGRATIONS / "versions").glob("*.py"))

    assert all(re.fullmatch(r"\d{4}_[a-z0-9]+(_[a-z0-9]+)*\.py", name) for name in names)
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))
    assert migrate.head() == names[-1][:4]


def test_upgrade_reaches_the_head_when_gone_down_to_nothing_in_between(empty_url: str) -> None:
    assert migrate.current(empty_url) is None
    migrate.upgrade(empty_url)
    first = _shape(empty_url)
    migrate.downgrade(empty_url, "base")
    assert not any(_shape(empty_url).values())
    migrate.upgrade(empty_url)

    assert migrate.current(empty_url) == migrate.head()
    assert _shape(empty_url) == first


def test_check_finds_nothing_when_migrated(database_url: str) -> None:
    assert migrate.check(database_url) == []


def test_migrations_make_what_the_models_make(empty_url: str, database_url: str) -> None:
    with psycopg.connect(empty_url) as connection:
        connection.execute("CREATE TABLE alembic_version ()")
    engine = make_engine(empty_url)
    Base.metadata.create_all(engine)
    engine.dispose()

    assert _shape(database_url) == _shape(empty_url)


def test_migrations_make_the_one_publication(database_url: str) -> None:
    with psycopg.connect(database_url, row_factory=dict_row) as connection:
        rows = connection.execute("SELECT * FROM publications").fetchall()

    assert len(rows) == 1
    assert set(rows[0]) == set(Publication.__table__.columns.keys())
    assert rows[0]["weekdays"] == [1, 2, 3, 4, 5]


def test_upgrade_runs_once_when_two_processes_begin_together(empty_url: str) -> None:
    upgrade = "import sys; from app.db import migrate; migrate.upgrade(sys.argv[1])"
    commands = [[sys.executable, "-c", upgrade, empty_url]] * 2
    processes = [subprocess.Popen(command) for command in commands]  # noqa: S603  # both are ours

    assert [process.wait(60) for process in processes] == [0, 0]
    assert migrate.current(empty_url) == migrate.head()


def test_draft_writes_the_next_number_when_the_database_lacks_a_column(
    empty_url: str, tmp_path: Path
) -> None:
    migrate.upgrade(empty_url)
    with psycopg.connect(empty_url) as connection:
        connection.execute("ALTER TABLE publications DROP COLUMN tagline")
    (tmp_path / "versions").mkdir()
    for path in (*migrate.MIGRATIONS.glob("*.*"), *migrate.MIGRATIONS.glob("versions/*.py")):
        copy = tmp_path / path.relative_to(migrate.MIGRATIONS)
        copy.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    following = next_number(tmp_path / "versions")

    written = draft("bring_it_back", empty_url, tmp_path)

    assert written == tmp_path / "versions" / f"{following}_bring_it_back.py"
    assert int(following) == int(migrate.head()) + 1
    assert "sa.Column('tagline', sa.Text(), nullable=False)" in written.read_text(encoding="utf-8")


def test_draft_writes_nothing_when_all_agree(database_url: str) -> None:
    assert draft("nothing_new", database_url) is None


def test_keys_that_edit_keep_seeing_readers_when_people_becomes_a_scope(empty_url: str) -> None:
    keys = next(migrate.MIGRATIONS.glob("versions/*_keys.py")).name[:4]
    migrate.upgrade(empty_url, f"{int(keys) - 1:04}")
    before = {"edits": ["edit"], "desk": ["edit", "read", "send"], "reads": ["read"]}
    with psycopg.connect(empty_url) as connection:
        for name, scopes in before.items():
            connection.execute(
                "INSERT INTO api_keys (name, prefix, key_hash, scopes, created_at)"
                " VALUES (%s, 'dv_', %s, %s, now())",
                (name, name.encode(), scopes),
            )
    migrate.upgrade(empty_url, keys)
    with psycopg.connect(empty_url) as connection:
        after = connection.execute("SELECT name, scopes FROM api_keys").fetchall()
    assert dict(after) == {
        "edits": ["edit", "people"],
        "desk": ["edit", "people", "read", "send"],
        "reads": ["read"],
    }


@pytest.mark.parametrize("reader", [False, True])
@pytest.mark.parametrize("issue", [False, True])
def test_welcome_begins_by_itself_only_where_nobody_was_written_to_yet(
    empty_url: str,
    reader: bool,  # noqa: FBT001  # a case
    issue: bool,  # noqa: FBT001  # a case
) -> None:
    number = next(migrate.MIGRATIONS.glob("versions/*_welcome_by_default.py")).name[:4]
    migrate.upgrade(empty_url, f"{int(number) - 1:04}")
    with psycopg.connect(empty_url) as connection:
        if reader:
            connection.execute(
                "INSERT INTO subscribers (address_hmac, state, follows, depth, created_at)"
                " VALUES ('', 'erased', 0, 'deep', now())"
            )
        if issue:
            connection.execute(
                "INSERT INTO issues (issued_on, subject, preheader, state, revision, created_at,"
                " at_local_hours, in_doubt_policy, canary_percent, brakes_lifted)"
                " VALUES ('2026-11-23', '', '', 'draft', 1, now(), true, 'hold', 0, false)"
            )
    migrate.upgrade(empty_url, number)
    with psycopg.connect(empty_url) as connection:
        asked = connection.execute("SELECT sends_welcome FROM publications").fetchone()
    assert asked == (not reader and not issue,)


def test_stories_of_before_stay_as_typed_when_markdown_is_read(empty_url: str) -> None:
    added = next(migrate.MIGRATIONS.glob("versions/*_reads_markdown.py")).name[:4]
    migrate.upgrade(empty_url, f"{int(added) - 1:04}")
    with psycopg.connect(empty_url) as connection:
        _write_issue(connection)
        _write_story(connection, 1)
        connection.execute(
            "INSERT INTO dropped_stories (story_id, issue_id, dropped_at, fields)"
            ' VALUES (3, 1, now(), \'{"title": "*t*"}\')'
        )
    migrate.upgrade(empty_url, added)
    with psycopg.connect(empty_url) as connection:
        _write_story(connection, 2)
        rows = connection.execute("SELECT id, reads_markdown FROM stories ORDER BY id").fetchall()
        dropped = connection.execute("SELECT fields FROM dropped_stories").fetchone()
    assert rows == [(1, False), (2, True)]
    assert dropped == ({"title": "*t*", "reads_markdown": False},)


def _write_story(connection: psycopg.Connection[tuple[object, ...]], number: int) -> None:
    connection.execute(
        "INSERT INTO stories (id, issue_id, position, title, label, url, summary, what,"
        " why_it_matters, takeaway, deep_dive, decoder, article)"
        " VALUES (%s, 1, %s, '*t*', '', '', '', '', '', '', '{}', '[]', '')",
        (number, number),
    )


def _write_issue(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    connection.execute(
        "INSERT INTO issues (id, issued_on, subject, preheader, state, revision, created_at,"
        " at_local_hours, in_doubt_policy, canary_percent, brakes_lifted, launched_at)"
        " VALUES (1, now(), 's', 'p', 'sending', 1, now(), false, 'hold', 0, false, now())"
    )


# By state: the call, the provider's id, whether an event told of it, and how that is known.
_LEDGER = [
    ("accepted", 7, "m", False, "answer"),
    ("delivered", 7, "m", True, "answer"),
    ("failed", 7, "m", True, "answer"),
    ("bounced", None, "m", True, "event"),
    ("accepted", None, "m", True, "event"),
    ("accepted", 7, None, False, "person"),
    ("failed", 7, None, False, None),
    ("in_doubt", 7, None, False, None),
    ("queued", 7, "m", True, None),
    ("skipped", None, None, False, None),
]


def _write_ledger(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """Write a row of the ledger and a Letter for each of those; one Letter's Call is closed."""
    _write_issue(connection)
    for reader, (state, call_id, provider_id, is_told, _) in enumerate(_LEDGER):
        connection.execute(
            "INSERT INTO deliveries (issue_id, subscriber_id, edition_id, call_id, state,"
            " attempt, provider_id, at, event_at)"
            " VALUES (1, %s, 1, %s, %s, 1, %s, now(), CASE WHEN %s THEN now() END)",
            (reader, call_id, state, provider_id, is_told),
        )
        connection.execute(
            "INSERT INTO letters (kind, facts, state, attempt, not_before, created_at,"
            " provider_id, event_at)"
            " VALUES ('test', '{}', %s, 1, now(), now(), %s, CASE WHEN %s THEN now() END)",
            (state, provider_id, is_told),
        )
    connection.execute(
        "INSERT INTO calls (letter_id, subscriber_ids, state, attempt, worker, opened_at)"
        " SELECT id, '{}', 'closed', 1, 'w', now() FROM letters WHERE state = 'delivered'"
    )


def test_acceptances_are_known_as_they_were_when_the_ledger_gets_a_column_for_it(
    empty_url: str,
) -> None:
    number = next(migrate.MIGRATIONS.glob("versions/*_accepted_by.py")).name[:4]
    before = f"{int(number) - 1:04}"
    migrate.upgrade(empty_url, before)
    with psycopg.connect(empty_url) as connection:
        _write_ledger(connection)
    asked = "SELECT accepted_by FROM deliveries ORDER BY subscriber_id"
    for _ in range(2):
        migrate.upgrade(empty_url, number)
        with psycopg.connect(empty_url) as connection:
            assert [by for (by,) in connection.execute(asked)] == [row[-1] for row in _LEDGER]
            letters = connection.execute(
                "SELECT state, array_agg(DISTINCT accepted_by) FROM letters"
                " WHERE provider_id IS NOT NULL GROUP BY state"
            )
            assert dict(letters.fetchall()) == {
                "accepted": ["answer", "event"],
                "delivered": ["answer"],
                **{state: ["event"] for state in ("failed", "bounced", "queued")},
            }
            # Killed before its number was written, it begins again.
            connection.execute("UPDATE deliveries SET accepted_by = 'answer'")
            connection.execute("UPDATE alembic_version SET version_num = %s", (before,))
    with psycopg.connect(empty_url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = %s", (number,))
        connection.execute("UPDATE deliveries SET call_id = 7, accepted_by = 'event'")
    migrate.downgrade(empty_url, before)
    with psycopg.connect(empty_url) as connection:
        assert connection.execute("SELECT count(call_id) FROM deliveries").fetchone() == (0,)
