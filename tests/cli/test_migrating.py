"""`devoured migrate`: what would run, and running it."""

import psycopg
import pytest

from app.db import migrate
from app.settings import Settings
from tests.cli.conftest import Devoured, environment_of


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


def test_migrate_exits_1_with_one_line_where_the_database_is_newer(
    devoured: Devoured, at_0067: str
) -> None:
    with psycopg.connect(at_0067) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    for arguments in (("migrate",), ("migrate", "--plan")):
        ran = devoured(*arguments)
        assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)
        assert "a newer one was here" in ran.err
