"""Outages of a PostgreSQL that belongs to one module of tests: gone, closing, starting, full."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from zlib import crc32

import psycopg
import pytest
from sqlalchemy import make_url

from app.db import migrate
from benchmarks.drill.deployment import Server
from localdev.postgres import start_postgres


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Start a PostgreSQL that may be stopped, for this module alone."""
    folder = tmp_path_factory.mktemp("postgres")
    server = Server(lambda: start_postgres(folder, durable=False))
    with server.held:
        url = server.put_up()
        migrate.upgrade(url)
        yield server


@pytest.fixture
def database_url(server: Server, request: pytest.FixtureRequest) -> str:
    """Create a database on this server, for this test alone, and return its URL."""
    assert server.running is not None
    name = f"test_{crc32(request.node.name.encode())}"
    whole = make_url(server.running.url)
    url = whole.set(database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE devoured')
    own = whole.set(database=name).render_as_string(hide_password=False)
    with psycopg.connect(own, autocommit=True) as connection:
        connection.execute("UPDATE publications SET postal_address = '1 Reading Lane'")
    return own


@dataclass
class Outage:
    """What befalls PostgreSQL when a mail is handed over, and ends after `n_sleeps` waits."""

    begin: Callable[[], None]
    undo: Callable[[], None]
    n_sleeps: int = 2
    has_begun: bool = False
    is_over: bool = False
    slept: list[float] = field(default_factory=list)

    def befall(self) -> None:
        if not self.has_begun:
            self.has_begun = True
            self.begin()

    def end(self) -> None:
        if self.has_begun and not self.is_over:
            self.is_over = True
            self.undo()

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if len(self.slept) == self.n_sleeps:
            self.end()


def _gone(server: Server, _: str) -> Outage:
    def end() -> None:
        server.put_up()

    return Outage(server.take_down, end)


def _read_only(_: Server, url: str) -> Outage:
    """Make the server read-only, as a standby that is not promoted yet: error 25006."""

    def turn(word: str) -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("SET default_transaction_read_only = off")
            connection.execute(f"ALTER SYSTEM SET default_transaction_read_only = {word}")
            connection.execute("SELECT pg_reload_conf(), pg_sleep(0.1)")

    return Outage(lambda: turn("on"), lambda: turn("off"))


def _saying(code: str) -> Callable[[Server, str], Outage]:
    """Return an outage in which every write fails with this code: no room, or starting up."""

    def outage(_: Server, url: str) -> Outage:
        def begin() -> None:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(
                    "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
                    f" $$BEGIN RAISE EXCEPTION USING ERRCODE = '{code}'; END$$"
                )
                for table in ("deliveries", "calls", "letters"):
                    connection.execute(
                        f"CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON {table}"
                        " FOR EACH STATEMENT EXECUTE FUNCTION refuse()"
                    )

        def end() -> None:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("DROP FUNCTION refuse CASCADE")

        return Outage(begin, end)

    return outage


def _closing(_: Server, url: str) -> Outage:
    """End every session as an administrator does, error 57P01, and let no new one in."""
    name = make_url(url).database

    def turn(word: str, then: str) -> None:
        other = make_url(url).set(database="postgres").render_as_string(hide_password=False)
        with psycopg.connect(other, autocommit=True) as connection:
            connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {word}')
            connection.execute(then)

    ended = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"  # noqa: S608  # the name of our own test
    return Outage(lambda: turn("false", ended), lambda: turn("true", "SELECT"))


OUTAGES = {
    "gone": _gone,
    "read-only": _read_only,
    "full": _saying("53100"),
    "starting": _saying("57P03"),
    "closing": _closing,
}


@pytest.fixture(params=OUTAGES)
def outage(request: pytest.FixtureRequest, server: Server, database_url: str) -> Iterator[Outage]:
    made = OUTAGES[request.param](server, database_url)
    yield made
    made.end()
