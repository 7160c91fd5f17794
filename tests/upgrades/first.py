"""What the first release left: its database, its jobs, and the settings that it had.

`first_release/fill.txt` is the script that wrote them, by the code of that release (d1002508) and
after its demo had sent an issue to twelve readers. One left then and one was erased, two signed up,
an issue was launched, and it was stopped before a worker took any of the jobs.

`python -m tests.upgrades.first` puts them into the PostgreSQL and the Valkey of
`DEVOURED_DATABASE_URL` and `DEVOURED_REDIS_URL`, both of which have to be empty
(docs/rehearsal.md).
"""

import gzip
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql
from redis import Redis

from app.clock import system_clock

_FOLDER: Final = Path(__file__).parent / "first_release"
WRITTEN_AT: Final = datetime(2026, 11, 29, 18, 26, 58, tzinfo=UTC)
PEPPER: Final = "the first release wrote with this pepper"
SIGNING_KEY: Final = "the first release wrote with this signing key"
SENT, DRAFT, APPROVED, PLANNED, LAUNCHED = range(1, 6)
"""The numbers of its issues, by their states."""

LEFT, ERASED = 1, 2
PENDING: Final = {13: "pending@example.com", 14: "waits@example.com"}
N_SENT: Final = 12
N_DUE: Final = 9

_OUT_OF_THE_WAY: Final = timedelta(days=100_000)
"""Further than any two of its days lie apart: issues of following days, moved by one day in place,
would meet in an index that is unique by day."""

_WITH_TIME: Final = """
    SELECT table_name, column_name, data_type = 'date' FROM information_schema.columns
    JOIN information_schema.tables USING (table_schema, table_name)
    WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
    AND data_type IN ('date', 'timestamp with time zone')
"""


def restore_first_release(url: str, now: datetime) -> None:
    """Fill an empty database as that release left it, as if it had been stopped at `now`."""
    dump = _read("rows.sql.gz")
    # What stands behind a backslash is for psql.
    script = "\n".join(line for line in dump.splitlines() if not line.startswith("\\"))
    with psycopg.connect(url) as connection:
        connection.execute(script.encode())
        connection.execute("SET search_path TO public")
        for table, column, is_day in connection.execute(_WITH_TIME).fetchall():
            later = now.date() - WRITTEN_AT.date() if is_day else now - WRITTEN_AT
            for step in (_OUT_OF_THE_WAY, later - _OUT_OF_THE_WAY):
                connection.execute(
                    sql.SQL("UPDATE {0} SET {1} = {1} + %s WHERE {1} IS NOT NULL").format(
                        sql.Identifier(table), sql.Identifier(column)
                    ),
                    (step.days if is_day else step,),
                )


def queue_jobs(valkey: Redis) -> list[dict[str, Any]]:
    """Put the jobs of that release where it left them; return them."""
    jobs = json.loads(_read("messages.json.gz"))
    for queue, job in jobs:
        valkey.rpush(queue, job)
    return [json.loads(job) for _, job in jobs]


def _read(name: str) -> str:
    return gzip.decompress((_FOLDER / name).read_bytes()).decode()


if __name__ == "__main__":
    restore_first_release(os.environ["DEVOURED_DATABASE_URL"], system_clock())
    with Redis.from_url(os.environ["DEVOURED_REDIS_URL"]) as emptied:
        queue_jobs(emptied)
