"""An import that is killed: nobody is half added, and it ends as if nothing had been."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import func, select

from app.db.session import Sessions, transaction
from app.enums import ImportState, SubscriberState
from app.models import Consent, Import, Subscriber
from app.settings import Settings
from tests.cli.conftest import Devoured, environment_of
from tests.factories import make_subscriber

CONSENT = ("--consent", "They signed up on our old site.")
_HELD = """
CREATE FUNCTION hold_import() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = '{state}' AND {has_begun} THEN
        PERFORM pg_advisory_xact_lock({lock});
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER hold_import BEFORE UPDATE ON imports FOR EACH ROW EXECUTE FUNCTION hold_import();
"""
_LOCK = 20_261_128
_WAITING = (
    "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND NOT granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


@pytest.mark.parametrize("state", [ImportState.READING, ImportState.ADDING])
def test_killed_import_leaves_no_one_half_added_and_ends_the_same(
    cli: Devoured, sessions: Sessions, settings: Settings, tmp_path: Path, state: ImportState
) -> None:
    file = tmp_path / "many.csv"
    n_readers = 60_000  # more than one step of reading, and of adding
    file.write_text(
        "email,status\n"
        + "".join(f"reader{n}@example.com,active\n" for n in range(n_readers))
        + "left@example.com,active\n"
    )
    with transaction(sessions) as session:
        make_subscriber(session, "left@example.com", state=SubscriberState.LEFT)
    url = settings.database_url.replace("+psycopg", "")
    with (
        psycopg.connect(url, autocommit=True) as connection,
        _held_before_its_second_step(connection, state),
    ):
        child = subprocess.Popen(  # noqa: S603  # ourselves
            [sys.executable, "-m", "app.cli", "readers", "import", str(file), *CONSENT],
            env={**os.environ, **environment_of(settings)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _kill_while_it_waits(connection, child)
    with transaction(sessions) as session:
        n_here = session.scalar(
            select(func.count()).where(Subscriber.state == SubscriberState.ACTIVE)
        )
        assert session.scalar(select(func.count()).select_from(Consent)) == n_here
        assert session.scalars(select(Import.state)).one() is state
    assert (n_here or 0) < n_readers

    ran = cli("readers", "import", str(file), *CONSENT)

    assert ran.code == 0, ran.err
    with transaction(sessions) as session:
        active = Subscriber.state == SubscriberState.ACTIVE
        assert session.scalar(select(func.count()).where(active)) == n_readers
        left = session.scalars(select(Subscriber).where(Subscriber.address_key.like("left@%")))
        assert left.one().state is SubscriberState.LEFT
        assert session.scalar(select(func.count()).select_from(Consent)) == n_readers


@contextmanager
def _held_before_its_second_step(
    connection: psycopg.Connection[Any], state: ImportState
) -> Iterator[None]:
    """Let an import commit its first step in this state, and hold it at the end of its second."""
    has_begun = "OLD.next_slot > 0" if state is ImportState.ADDING else "OLD.n_rows > 0"
    connection.execute(_HELD.format(state=state, has_begun=has_begun, lock=_LOCK).encode())
    try:
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        yield
    finally:
        connection.execute("SELECT pg_advisory_unlock_all()")
        connection.execute("DROP FUNCTION hold_import CASCADE")


def _kill_while_it_waits(
    connection: psycopg.Connection[Any], child: "subprocess.Popen[bytes]"
) -> None:
    """Kill the child once it is held, and end what PostgreSQL still does for it."""
    try:
        while child.poll() is None:
            held = connection.execute(_WAITING, [_LOCK]).fetchone()
            if held is not None:
                child.kill()
                child.wait()
                connection.execute("SELECT pg_terminate_backend(%s, 10000)", held)
                return
            time.sleep(0.01)
        pytest.fail("the import was over, and nothing had held it")
    finally:
        child.kill()
        child.wait()
