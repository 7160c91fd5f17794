"""What every test may ask for: real servers, started once a run, and found empty by each test.

PostgreSQL belongs to the process that was started first: with xdist its controller, which tells
the workers the address. Every worker has a database of its own, copied from one that the
migrations built, and a Valkey of its own, which starts in 50 ms. Tests commit for real; what one
left is deleted before the next (3 ms, where a truncate takes 50 and a fresh copy 180).
"""

import os
import tempfile
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest
import redis
from psycopg import sql
from pydantic import SecretStr
from sqlalchemy import Engine, make_url
from sqlalchemy.orm import Session

from app.db import migrate
from app.db.session import Sessions, make_engine, make_sessions
from app.models import Publication
from app.settings import Settings
from localdev.postgres import start_postgres
from localdev.valkey import start_valkey
from tests.factories import PEPPER
from tests.waiting import EMPTYING

# A change is judged by its own faults: where CI is set, the examples are the same every time.
hypothesis.settings.register_profile(
    "devoured",
    deadline=None,
    max_examples=50,
    derandomize="CI" in os.environ,
    print_blob=True,
)
hypothesis.settings.load_profile("devoured")

_BUILT = "devoured"
_STARTED = pytest.StashKey[ExitStack]()
_POSTGRES_URL = pytest.StashKey[str]()
_TABLES = list(reversed(Publication.metadata.sorted_tables))


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_STARTED] = ExitStack()


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash[_STARTED].close()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of xdist where PostgreSQL is; called in the controller."""
    node.workerinput["postgres_url"] = _postgres_url(node.config)


def _postgres_url(config: pytest.Config) -> str:
    """Start the server; return the address of the migrated database that others are copied from."""
    if _POSTGRES_URL not in config.stash:
        started = config.stash[_STARTED]
        folder = started.enter_context(tempfile.TemporaryDirectory(prefix="devoured-tests-"))
        postgres = started.enter_context(start_postgres(Path(folder), durable=False))
        migrate.upgrade(postgres.url)
        config.stash[_POSTGRES_URL] = postgres.url
    return config.stash[_POSTGRES_URL]


@pytest.fixture(scope="session")
def server_url(request: pytest.FixtureRequest) -> str:
    """PostgreSQL's own database, from where a test may make one of its own."""
    worker: Mapping[str, str] = getattr(request.config, "workerinput", {})
    return _other(worker.get("postgres_url") or _postgres_url(request.config), "postgres")


@pytest.fixture
def empty_url(server_url: str) -> Iterator[str]:
    """Create a database without any table, for this test alone, and yield its URL."""
    name = f"empty_{uuid.uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
        connection.execute(f"DROP DATABASE {name} (FORCE)")


@dataclass
class _WorkerDatabase:
    """A worker's database, and the script that makes it as it was.

    The script runs on a connection that is kept: a new one reads what PostgreSQL knows of each
    table again, which costs five times as much as all the rest (16 ms of CPU, not 3).
    """

    url: str
    as_it_was: str
    connection: psycopg.Connection[Any] | None = None

    def empty(self) -> None:
        """Make it as it was; where a test ended all of its connections, on a new one."""
        try:
            self._run()
        except psycopg.OperationalError:
            self.close()
            self._run()

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()
        self.connection = None

    def _run(self) -> None:
        if self.connection is None:
            self.connection = psycopg.connect(self.url, application_name=EMPTYING)
        with self.connection.transaction():
            self.connection.execute(self.as_it_was)


@pytest.fixture(scope="session")
def _worker_database(request: pytest.FixtureRequest, server_url: str) -> Iterator[_WorkerDatabase]:
    """Create this worker's database."""
    worker: Mapping[str, str] = getattr(request.config, "workerinput", {})
    name = f"{_BUILT}_{worker.get('workerid', 'alone')}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {_BUILT} STRATEGY file_copy")
    url = _other(server_url, name)
    with psycopg.connect(url) as connection:
        # As its operator leaves it: without a postal address no issue can be approved.
        connection.execute("UPDATE publications SET postal_address = '1 Reading Lane, 1010 Vienna'")
        database = _WorkerDatabase(url, _as_it_was(connection))
    yield database
    database.close()


_END_WHAT_IS_OPEN = sql.SQL("""
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid();
    -- As a replica deletes: no trigger keeps the rows that are only ever added to.
    SET LOCAL session_replication_role = replica;""")
_FILL = sql.SQL("""
    INSERT INTO {name} OVERRIDING SYSTEM VALUE
    SELECT * FROM json_populate_recordset(NULL::{name}, {rows});""")
_COUNT_ANEW = sql.SQL("""
    SELECT setval(format('%I', sequencename)::regclass, start_value, false)
    FROM pg_sequences WHERE last_value IS NOT NULL;""")


def _as_it_was(connection: psycopg.Connection[Any]) -> str:
    """Return one script that ends what is open, empties every table and fills in its first rows.

    One script, since a test has it run before each of some thousand: forty statements by
    themselves cost more than what they do.
    """
    script: list[sql.Composable] = [_END_WHAT_IS_OPEN]
    fill: list[sql.Composable] = []
    for name in (sql.Identifier(table.name) for table in _TABLES):
        script.append(sql.SQL("DELETE FROM {};").format(name))
        all_rows = sql.SQL("SELECT json_agg(t)::text FROM {} AS t").format(name)
        (rows,) = connection.execute(all_rows).fetchone() or (None,)
        if rows is not None:
            fill.append(_FILL.format(name=name, rows=sql.Literal(rows)))
    return sql.Composed([*script, *fill, _COUNT_ANEW]).as_string()


def _other(url: str, database: str) -> str:
    return make_url(url).set(database=database).render_as_string(hide_password=False)


@pytest.fixture
def database_url(_worker_database: _WorkerDatabase) -> str:
    """Return a database in its state right after set-up, for this test alone."""
    _worker_database.empty()
    return _worker_database.url


@pytest.fixture
def empty_again(_worker_database: _WorkerDatabase) -> Callable[[], None]:
    """Return what makes the database of this test as it was right after set-up."""
    return _worker_database.empty


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def sessions(engine: Engine) -> Sessions:
    return make_sessions(engine)


@pytest.fixture
def session(sessions: Sessions) -> Iterator[Session]:
    """Yield one open Session; what is not committed is gone at the end."""
    with sessions() as session:
        yield session


@pytest.fixture(scope="session")
def worker_valkey() -> Iterator[str]:
    with (
        tempfile.TemporaryDirectory(prefix="devoured-tests-") as folder,
        start_valkey(Path(folder), durable=False) as valkey,
    ):
        yield valkey.url


@pytest.fixture
def valkey_url(worker_valkey: str) -> str:
    """Empty Valkey for this test alone and return its URL."""
    with redis.Redis.from_url(worker_valkey) as client:
        client.flushall()
    return worker_valkey


@pytest.fixture(scope="session")
def now() -> datetime:
    """Return a Monday at six in the morning, an hour before the publication's send time."""
    return datetime(2026, 11, 23, 6, tzinfo=UTC)


@pytest.fixture
def settings(
    database_url: str, valkey_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    """Settings for these servers; nothing in the environment changes what a test relies on."""
    return Settings(
        database_url=database_url,
        redis_url=valkey_url,
        secret_keys=[SecretStr("tests sign with this and nobody else does")],
        address_pepper=SecretStr(PEPPER),
        base_url="http://127.0.0.1:8000",
        environment="local",
        transport="ses",
        images=str(tmp_path_factory.getbasetemp() / "images"),
        tick_seconds=0.2,
        check_links=False,  # no test asks the web; those of links have servers of their own
        log_level="INFO",
    )
