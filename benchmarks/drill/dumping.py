"""A dump of the drill's database, and its restore, by PostgreSQL's own programs."""

import time
from pathlib import Path

import psycopg

from benchmarks.drill.deployment import Deployment
from benchmarks.programs import run_program
from localdev.postgres import LocalPostgres


def take_dump(deployment: Deployment, dump: Path) -> float:
    """Dump the database into a file while everything goes on; return in how many seconds."""
    start = time.monotonic()
    url = deployment.container.settings.database_url
    run_program("pg_dump", "--format=custom", f"--file={dump}", url)
    return time.monotonic() - start


def restore_dump(deployment: Deployment, dump: Path) -> float:
    """Put the dump in the place of the database, which is kept under another name; likewise."""
    start = time.monotonic()
    deployment.container.engine.dispose()
    url = deployment.container.settings.database_url
    running = deployment.postgres.running
    assert isinstance(running, LocalPostgres)  # noqa: S101  # it was started with the rest
    with psycopg.connect(running.url_of("postgres"), autocommit=True) as connection:
        connection.execute("ALTER DATABASE devoured RENAME TO lost")
        connection.execute("CREATE DATABASE devoured TEMPLATE template0")
    run_program("pg_restore", "--no-owner", f"--dbname={url}", str(dump))
    return time.monotonic() - start
