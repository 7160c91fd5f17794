"""A migration keeps nobody waiting for long: it gives up, is undone whole, and can be run again."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from sqlalchemy import make_url

from app.db import migrate
from app.errors import Unavailable, WrongState


@contextmanager
def _held(url: str, table: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """Hold a table as a reader of it does, until the end or until the transaction ends."""
    with psycopg.connect(url) as connection:
        connection.execute(f"LOCK TABLE {table} IN ACCESS SHARE MODE")
        yield connection


def test_migration_that_cannot_have_its_lock_is_undone_and_those_before_it_stay(
    empty_url: str,
) -> None:
    migrate.upgrade(empty_url, "0067")
    with _held(empty_url, "stories"), pytest.raises(Unavailable, match="Others hold a table"):
        migrate.upgrade(empty_url, "0069", lock_tries=1)
    before = migrate.current(empty_url)
    assert before in {"0067", "0068"}
    migrate.upgrade(empty_url, "0069", lock_tries=1)
    assert migrate.current(empty_url) == "0069"


def test_migration_is_tried_again_once_the_lock_is_free(empty_url: str) -> None:
    migrate.upgrade(empty_url, "0068")
    with _held(empty_url, "stories") as holding:
        migrate.upgrade(empty_url, "0069", lock_tries=2, between_tries=holding.rollback)
    assert migrate.current(empty_url) == "0069"


def test_migration_that_is_given_up_in_a_deadlock_is_undone_and_tried_again(empty_url: str) -> None:
    """PostgreSQL ends the one of the two whose time to look for deadlocks is over first."""
    migrate.upgrade(empty_url, "0068")
    with psycopg.connect(empty_url) as connection:
        connection.execute(
            "CREATE FUNCTION is_in_deadlock() RETURNS event_trigger LANGUAGE plpgsql"
            " AS 'BEGIN RAISE deadlock_detected; END'"
        )
        connection.execute(
            "CREATE EVENT TRIGGER deadlocks ON ddl_command_start"
            " WHEN TAG IN ('ALTER TABLE') EXECUTE FUNCTION is_in_deadlock()"
        )

    def end_it() -> None:
        with psycopg.connect(empty_url) as connection:
            connection.execute("DROP EVENT TRIGGER deadlocks")

    with pytest.raises(Unavailable, match="Others hold a table"):
        migrate.upgrade(empty_url, "0069", lock_tries=1)
    assert migrate.current(empty_url) == "0068"
    migrate.upgrade(empty_url, "0069", lock_tries=2, between_tries=end_it)
    assert migrate.current(empty_url) == "0069"


@pytest.mark.parametrize("own", [True, False])
def test_statement_of_a_transaction_that_runs_too_long_is_undone(
    empty_url: str,
    own: bool,  # noqa: FBT001  # a case
) -> None:
    """A limit of the role counts for nothing; ours does, until it is lifted."""
    migrate.upgrade(empty_url, "0068")
    with psycopg.connect(empty_url) as connection:
        connection.execute(
            "CREATE FUNCTION dawdle() RETURNS event_trigger LANGUAGE plpgsql"
            " AS 'BEGIN PERFORM pg_sleep(2.5); END'"
        )
        connection.execute(
            "CREATE EVENT TRIGGER dawdles ON ddl_command_start"
            " WHEN TAG IN ('ALTER TABLE') EXECUTE FUNCTION dawdle()"
        )
        connection.execute(
            f"ALTER ROLE CURRENT_USER IN DATABASE {connection.info.dbname}"
            " SET statement_timeout = '2s'"
        )
    if own:
        with pytest.raises(Unavailable, match=r"took more than 1 s.*--statement-seconds 0"):
            migrate.upgrade(empty_url, "0069", statement_seconds=1)
        assert migrate.current(empty_url) == "0068"
    migrate.upgrade(empty_url, "0069", statement_seconds=0)
    assert migrate.current(empty_url) == "0069"


def test_pending_are_those_above_where_the_database_is(empty_url: str) -> None:
    names = sorted(path.name[:4] for path in (migrate.MIGRATIONS / "versions").glob("*.py"))
    assert [one.revision for one in migrate.pending(empty_url)] == names
    migrate.upgrade(empty_url, names[-3])
    left = migrate.pending(empty_url)
    assert [one.revision for one in left] == names[-2:]
    assert all("\n" not in one.sentence and one.sentence.endswith(".") for one in left)
    migrate.upgrade(empty_url)
    assert migrate.pending(empty_url) == []


def test_database_of_a_newer_version_is_refused_and_not_touched(empty_url: str) -> None:
    migrate.upgrade(empty_url, "0001")
    with psycopg.connect(empty_url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    for ask in (migrate.pending, migrate.upgrade):
        with pytest.raises(WrongState, match="at 9999, which this version does not know"):
            ask(empty_url)
    assert migrate.current(empty_url) == "9999"


def test_database_in_another_encoding_is_refused_in_a_sentence(server_url: str) -> None:
    """Debian makes such a cluster where no locale is set."""
    name = f"ascii_{uuid.uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(
            f"CREATE DATABASE {name} ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0"
        )
        url = make_url(server_url).set(database=name).render_as_string(hide_password=False)
        for ask in (migrate.pending, migrate.upgrade):
            with pytest.raises(WrongState, match="in SQL_ASCII: make one in UTF8"):
                ask(url)
        assert migrate.current(url) is None
        connection.execute(f"DROP DATABASE {name} (FORCE)")


def test_server_that_is_too_old_is_refused_in_a_sentence() -> None:
    with pytest.raises(WrongState, match="PostgreSQL is 17, which is too old: upgrade it to 18"):
        migrate.refuse_server(170006, "UTF8")
    migrate.refuse_server(180000, "UTF8")
