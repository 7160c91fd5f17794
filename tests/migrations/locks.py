"""What each transaction of a migration holds and reads, as PostgreSQL itself tells it."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import psycopg
from sqlalchemy import Connection, Engine, event

_FILES: Final = (
    "SELECT relname, relfilenode FROM pg_class"
    " WHERE relkind IN ('r', 'm') AND relnamespace = 'public'::regnamespace"
)
_TABLES: Final = (
    "SELECT relname FROM pg_class"
    " WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
)
_LOCKS: Final = (
    "SELECT c.relname, l.mode FROM pg_locks l JOIN pg_class c ON c.oid = l.relation"
    " WHERE l.pid = pg_backend_pid() AND l.granted AND c.relkind IN ('r', 'p')"
    " AND c.relnamespace = 'public'::regnamespace"
)
_SCANS: Final = "SELECT relname, seq_scan FROM pg_stat_xact_user_tables WHERE seq_scan > 0"
"""Of this transaction, and of those before it that are not told to the statistics yet."""


STOP_WRITERS: Final = {
    "ShareLock",
    "ShareRowExclusiveLock",
    "ExclusiveLock",
    "AccessExclusiveLock",
}
"""The locks of a table for which who writes it waits. Source: PostgreSQL, explicit locking."""


_VERSION: Final = re.compile(r"(?:INSERT INTO|UPDATE) alembic_version .*?'(\w+)'", re.DOTALL)
"""The last statement of each migration, by which Alembic says that it ran."""


_INDEXED: Final = re.compile(
    r"\s*CREATE (?:UNIQUE )?INDEX (?!CONCURRENTLY)(?:(?!ON\b)\S+ )*ON (?!ONLY )(\w+)"
    r"|\s*ALTER TABLE (\w+) .*\bADD (?:CONSTRAINT \w+ )?(?:UNIQUE|PRIMARY KEY) \(",
    re.DOTALL,
)
"""A statement that builds an index while nobody may write. Source: PostgreSQL, CREATE INDEX."""


@dataclass
class Held:
    """What one transaction did to the tables that were there before: other files, whole scans.

    Of statements of their own, in an `autocommit_block`, only the files and what they say of
    indexes can be told afterwards.
    """

    revision: str = ""
    locks: dict[str, set[str]] = field(default_factory=dict)
    rewritten: set[str] = field(default_factory=set)
    scanned: set[str] = field(default_factory=set)
    indexed: set[str] = field(default_factory=set)

    @property
    def long(self) -> dict[str, str]:
        """Return what others wait for the longer the more rows a table has, by the table."""
        found = dict.fromkeys(self.indexed, "builds an index while nobody may write")
        found |= dict.fromkeys(self.rewritten, "rewrites it")
        for table in (self.scanned & self.locks.keys()) - self.rewritten:
            if self.locks[table] & STOP_WRITERS:
                found[table] = "reads all of it while nobody may write"
            elif "RowExclusiveLock" in self.locks[table]:
                found[table] = "reads all of it for rows to write"
        return found


class _Watch:
    """What SQLAlchemy tells of the transactions of this process."""

    def __init__(self) -> None:
        self.seen: list[Held] = []
        self._now = Held()
        self._files: dict[str, int] = {}
        self._tables: set[str] = set()
        self._scans: dict[str, int] = {}

    def begin(self, connection: Connection) -> None:
        self._files = dict(_ask(connection, _FILES))
        self._tables = {name for (name,) in _ask(connection, _TABLES)}
        self._scans = dict(_ask(connection, _SCANS))

    def before_cursor_execute(
        self, _connection: Connection, _cursor: object, statement: str, *_: object
    ) -> None:
        if version := _VERSION.match(statement):
            for held in (*self.seen, self._now):
                held.revision = held.revision or version[1]
        if index := _INDEXED.match(statement):
            self._now.indexed |= self._tables & {*index.groups()}

    def commit(self, connection: Connection) -> None:
        held, self._now = self._now, Held()
        locks = defaultdict(set)
        for table, mode in _ask(connection, _LOCKS):
            locks[table].add(mode)
        held.locks = {table: locks[table] for table in self._files.keys() & locks.keys()}
        held.scanned = {
            table
            for table, times in _ask(connection, _SCANS)
            if table in self._files and times > self._scans.get(table, 0)
        }
        after = dict(_ask(connection, _FILES))
        held.rewritten = {one for one, file in self._files.items() if after.get(one, file) != file}
        self.seen.append(held)


@contextmanager
def watched() -> Iterator[list[Held]]:
    """Watch every transaction of this process until the end; the list grows with each commit.

    One connection at a time. It needs no rows: a rewritten table has another file, and a scan of an
    empty table counts.
    """
    watch = _Watch()
    listeners: dict[str, Callable[..., None]] = {
        "begin": watch.begin,
        "before_cursor_execute": watch.before_cursor_execute,
        "commit": watch.commit,
    }
    for name, listener in listeners.items():
        event.listen(Engine, name, listener)
    try:
        yield watch.seen
    finally:
        for name, listener in listeners.items():
            event.remove(Engine, name, listener)


def _ask(connection: Connection, statement: str) -> list[tuple[Any, ...]]:
    """Ask on the same connection, past SQLAlchemy, which is about to commit."""
    return list(_driver(connection).execute(statement).fetchall())


def _driver(connection: Connection) -> psycopg.Connection[Any]:
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    return driver
