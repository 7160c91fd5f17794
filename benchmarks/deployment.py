"""House: the servers that a run measures against, all its own and gone at the end."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import httpx2
import orjson
import psycopg
from redis import Redis

from app.container import Container, build
from app.db.migrate import upgrade
from app.settings import Settings
from localdev.demo.place import HOST, DemoFolder, environment, settings_of
from localdev.postgres import LocalPostgres, start_postgres
from localdev.processes import Child, finish, free_port, start_child, stop, wait_until
from localdev.valkey import start_valkey

_BUILT: Final = "devoured"
_RATE: Final = 1_000_000
_SECRET: Final = "benchmarks sign with this, and nobody else does"  # noqa: S105  # for this run only
_LONGEST: Final = 3600.0
_ROOT: Final = Path(__file__).parents[1]
_COUNTER: Final = count()
"""Each process has a log of its own."""


@dataclass(frozen=True)
class Deployment:
    """The running servers; `settings` are of the database that the migrations built."""

    place: DemoFolder
    postgres: LocalPostgres
    valkey_url: str

    def settings(self, database: str, **other: str) -> dict[str, Any]:
        """Return every setting for one of the databases."""
        known = {"signing_key": _SECRET, "pepper": _SECRET}
        values = settings_of(
            self.place, known, database_url=self.url(database), redis_url=self.valkey_url
        )
        return {**values, "log_level": "ERROR", **other}

    def container(self, database: str) -> Container:
        """Build this process's own container for one of the databases; it enqueues no jobs."""
        return build(Settings(**self.settings(database)), enqueue_now=lambda _jobs: None)

    def make_database(self, name: str) -> None:
        """Make a new, empty database with the tables of the migrated one, and empty Valkey.

        Otherwise this row's workers would first do the jobs that an earlier row enqueued.
        """
        with Redis.from_url(self.valkey_url) as valkey:
            valkey.flushall()
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE {_BUILT}')
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            # A copy that keeps the id is the same installation at an earlier moment.
            connection.execute("UPDATE installations SET installation_id = gen_random_uuid()")

    def make_empty(self, name: str) -> None:
        """Make a database without a table."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')

    def run(self, module: str, *arguments: str, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Run one of our processes to its end; return its last line, which is JSON."""
        child = self.start(module, *arguments, settings=settings)
        finish(child, _LONGEST)
        said: dict[str, Any] = orjson.loads(child.log.read_bytes().splitlines()[-1])
        return said

    def start(self, module: str, *arguments: str, settings: Mapping[str, Any]) -> Child:
        """Start one of our processes."""
        return start_child(
            module,
            [sys.executable, "-P", "-m", module, *arguments],
            log=self.place.logs / f"{module}-{next(_COUNTER)}.log",
            env=environment(self.place, dict(settings)) | {"PYTHONPATH": str(_ROOT)},
        )

    def url(self, database: str) -> str:
        """Return the address of one of the databases, for PostgreSQL's own programs."""
        return self.postgres.url_of(database)


@contextmanager
def start_deployment() -> Iterator[Deployment]:
    """PostgreSQL that writes as in production, Valkey, and a local SES in a process of its own."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="devoured-bench-")))
        place = DemoFolder(folder, free_port(), free_port())
        postgres = stack.enter_context(start_postgres(folder / "postgres", durable=True))
        valkey = stack.enter_context(start_valkey(folder / "valkey", durable=False))
        upgrade(postgres.url)
        deployment = Deployment(place, postgres, valkey.url)
        options = ("--host", HOST, "--port", str(place.ses_port), "--rate", str(_RATE))
        ses = deployment.start("localdev.ses", *options, settings=deployment.settings(_BUILT))
        stack.callback(stop, ses, 5)
        wait_until(lambda: answers(f"{place.ses_url}/health"), 30, ses)
        yield deployment


def answers(url: str) -> bool:
    """Return whether a server answers there with success."""
    try:
        return bool(httpx2.get(url, timeout=2, trust_env=False).is_success)
    except httpx2.HTTPError:
        return False


@contextmanager
def serving(
    deployment: Deployment, module: str, arguments: Sequence[str], settings: Mapping[str, Any]
) -> Iterator[Child]:
    """Start one of our servers and stop it at the end."""
    child = deployment.start(module, *arguments, settings=settings)
    try:
        yield child
    finally:
        stop(child, 10)
