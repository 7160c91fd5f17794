"""Sessions, and the only commit there is.

A request or a job step is one `transaction`. Jobs enqueued inside it are only remembered; they
are sent after the commit, so that a worker never looks for a row that is not there yet.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.orm import Session, sessionmaker

Sessions = sessionmaker[Session]
Job = tuple[str, tuple[int, ...]]
EnqueueNow = Callable[[list[Job]], None]
Kept = tuple[UUID, dict[str, Any]]
"""What is to be kept outside the database: of which installation, and what."""

Keep = Callable[[list[Kept]], None]


_OPTIONS = " ".join(
    f"-c {setting}"
    for setting in (
        "timezone=UTC",
        "lock_timeout=10000",
        "idle_in_transaction_session_timeout=60000",
        # The intent of a Call must be on the disk before a byte leaves, whatever the server's own
        # default is.
        "synchronous_commit=on",
    )
)


# A host that vanished, as in a failover, is noticed within half a minute and not within a quarter
# of an hour. One whose server is only slow goes on answering for the connection.
_GONE_AFTER = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 30_000,
}


# A connection keeps the plans it made, and one made while a table was small reads all of it when it
# has grown by a million rows.
_RECYCLE_SECONDS = 60

_KEEP = "keep"


@dataclass(frozen=True)
class Pool:
    """What a kind of process may have of the database.

    `n_kept` connections stay open and `n_more` come and go. PostgreSQL ends a statement after
    `statement_seconds`; a session may have a limit of its own (`make_sessions`).
    """

    n_kept: int = 5
    n_more: int = 5
    statement_seconds: float = 300


WORKING: Final = Pool()
"""Of a worker: its statements are short, but for those that go through a million readers."""

BY_HAND: Final = Pool(statement_seconds=1800)
"""Of the command line: somebody waits for it and may press Ctrl-C."""


def make_engine(database_url: str, pool: Pool = WORKING) -> Engine:
    """Return an engine whose connections use UTC and give up on a lock after 10 s.

    A commit returns once it is on the disk, even where the server would not wait for that. The
    server ends a transaction that does nothing for a minute: a frozen process must not keep its row
    locks for ever. A server that cannot be reached is given up after half a minute.
    """
    timeout = f"-c statement_timeout={_milliseconds(pool.statement_seconds)}"
    return create_engine(
        database_url,
        pool_size=pool.n_kept,
        max_overflow=pool.n_more,
        pool_pre_ping=True,
        pool_recycle=_RECYCLE_SECONDS,
        # A database in SQL_ASCII would answer in bytes, which nothing here could read or name.
        client_encoding="utf8",
        connect_args={"options": f"{_OPTIONS} {timeout}", **_GONE_AFTER},
    )


def make_sessions(
    engine: Engine | Connection,
    keep: Keep | None = None,
    *,
    statement_seconds: float | None = None,
) -> Sessions:
    """Make a factory of sessions that keep what they loaded after their commit.

    `keep` is handed what `keep_after_commit` remembered; without it that is forgotten.

    With `statement_seconds` their statements may take so long, whatever the engine's pool says: it
    costs one statement, at the begin of each transaction.
    """
    sessions = sessionmaker(engine, expire_on_commit=False, info={_KEEP: keep})
    if statement_seconds is not None:
        limit = f"SET LOCAL statement_timeout = {_milliseconds(statement_seconds)}"

        def begin(_session: Session, _transaction: object, connection: Connection) -> None:
            connection.exec_driver_sql(limit)

        event.listen(sessions, "after_begin", begin)
    return sessions


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


@contextmanager
def transaction(sessions: Sessions, enqueue_now: EnqueueNow | None = None) -> Iterator[Session]:
    """Yield a session whose work is committed at the end, or rolled back on any error.

    After the commit, and before the caller goes on, what is to be kept outside the database is
    written there. What `enqueue_after_commit` remembered is handed to `enqueue_now`; a job that
    cannot be sent is no error, because a tick of beat finds the work all the same.
    """
    with sessions() as session:
        try:
            yield session
            session.commit()
        except BaseException:
            session.rollback()
            raise
        jobs = session.info.pop("jobs", [])
        kept, keep = session.info.pop("kept", []), session.info.get(_KEEP)
    if kept and keep is not None:
        keep(kept)
    if enqueue_now is not None and jobs:
        enqueue_now(jobs)


@contextmanager
def undone(session: Session) -> Iterator[None]:
    """Let what is changed be seen inside, and undo it at the end; what is locked is let go too."""
    with session.begin_nested() as savepoint:
        yield
        savepoint.rollback()


def is_alone(session: Session, what: str) -> bool:
    """Return whether nobody else does this now; nobody can until this transaction has ended."""
    lock = text("SELECT pg_try_advisory_xact_lock(hashtext(:what))")
    return bool(session.scalar(lock, {"what": what}))


@contextmanager
def single_statements(engine: Engine) -> Iterator[Connection]:
    """Yield a connection on which every statement is a transaction of its own.

    For a step that is one statement and must be cheap: it saves the two round trips of a
    transaction's begin and end. A statement that fails has done nothing.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        yield connection


@contextmanager
def statement_session(sessions: Sessions) -> Iterator[Session]:
    """Yield a session on a connection of `single_statements`, for a loop of many statements.

    Whether the connection is alive is checked once here and not before every statement, which costs
    as much as one; a connection that is lost later raises.
    """
    engine: Engine = sessions.kw["bind"]
    with single_statements(engine) as connection, Session(connection) as session:
        yield session


def keep_after_commit(session: Session, kept: Kept) -> None:
    """Remember what is to be written outside the database once the transaction is committed."""
    session.info.setdefault("kept", []).append(kept)


def enqueue_after_commit(session: Session, task: str, *ids: int) -> None:
    """Remember to wake the named task with these ids once the transaction is committed."""
    jobs: list[Job] = session.info.setdefault("jobs", [])
    if (task, ids) not in jobs:
        jobs.append((task, ids))
