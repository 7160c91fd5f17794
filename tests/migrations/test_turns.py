"""Processes that migrate take turns, and who waits for its turn is in nobody's way."""

from threading import Thread

import psycopg

from app.db import migrate
from localdev.processes import wait_until

_WAITS = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND query LIKE 'SELECT pg_try_advisory_lock(%'"
)
_LOCK = 0x0D1_6E57  # as in migrations/env.py


def test_index_is_built_concurrently_while_another_process_waits_for_its_turn(
    empty_url: str,
) -> None:
    """As the units of several parts do, each of which migrates before it starts."""
    waiting = Thread(target=migrate.upgrade, args=(empty_url, "0001"))
    with psycopg.connect(empty_url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        connection.execute("CREATE TABLE things (n int)")
        waiting.start()
        wait_until(lambda: connection.execute(_WAITS).fetchone() == (1,), 60)

        connection.execute("SET lock_timeout = '20s'")
        connection.execute("CREATE INDEX CONCURRENTLY ON things (n)")

        assert migrate.current(empty_url) is None
        connection.execute("SELECT pg_advisory_unlock(%s)", (_LOCK,))
        waiting.join(60)
    assert migrate.current(empty_url) == "0001"
