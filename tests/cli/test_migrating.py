"""`devoured migrate`: what would run, and running it."""

from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep

import psycopg
import pytest
from sqlalchemy import Connection, NullPool, create_engine, text

from app.db import migrate
from app.settings import Settings
from tests.cli.conftest import Devoured, environment_of
from tests.waiting import n_waiting_for


def test_migrate_says_when_there_is_nothing_to_do(cli: Devoured) -> None:
    for arguments in (("migrate",), ("migrate", "--plan")):
        ran = cli(*arguments)
        assert (ran.code, ran.out) == (0, f"The database is at {migrate.head()} already.\n")


@pytest.fixture
def at_0067(empty_url: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> str:
    """Make a database of before, which the settings lead to, and return its URL."""
    migrate.upgrade(empty_url, "0067")
    for name, value in environment_of(settings).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DEVOURED_DATABASE_URL", empty_url)
    return empty_url


def test_plan_shows_what_would_run_and_changes_nothing(devoured: Devoured, at_0067: str) -> None:
    ran = devoured("migrate", "--plan")
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[1].startswith("0068 ")
    assert len(lines) == 1 + len(migrate.pending(at_0067))
    assert "is at 0067. Nothing was changed" in ran.err
    assert migrate.current(at_0067) == "0067"

    ran = devoured("migrate")
    assert ran.out == f"The database is at {migrate.head()}; it was at 0067.\n"
    assert migrate.current(at_0067) == migrate.head()


def test_migrate_says_that_it_waits_and_goes_on_once_the_lock_is_free(
    devoured: Devoured, at_0067: str
) -> None:
    engine = create_engine(at_0067, poolclass=NullPool)
    with engine.connect() as holding, ThreadPoolExecutor(1) as beside:
        holding.execute(text("LOCK TABLE stories IN ACCESS SHARE MODE"))
        released = beside.submit(_release_after_one_try, holding)
        ran = devoured("migrate")
        released.result()
    assert ran.code == 0
    assert "Others hold a table that a migration needs; it is tried again.\n" in ran.err
    assert migrate.current(at_0067) == migrate.head()


def _release_after_one_try(holding: Connection) -> None:
    """End the transaction once somebody has waited for its lock and given up."""
    for is_waited_for in (True, False):
        until = monotonic() + 60
        while bool(n_waiting_for(holding)) is not is_waited_for:
            assert monotonic() < until
            sleep(0.05)
    holding.rollback()


def test_migrate_exits_1_with_one_line_where_the_database_is_newer(
    devoured: Devoured, at_0067: str
) -> None:
    with psycopg.connect(at_0067) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    for arguments in (("migrate",), ("migrate", "--plan")):
        ran = devoured(*arguments)
        assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)
        assert "a newer one was here" in ran.err
