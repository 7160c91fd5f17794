"""A dump of the drill's database, and its restore, by PostgreSQL's own programs."""

from pathlib import Path

import psycopg

from benchmarks.drill.deployment import Deployment
from benchmarks.programs import run_program
from localdev.postgres import LocalPostgres


def take_dump(deployment: Deployment, dump: Path) -> None:
    """Dump the database into a file while everything goes on."""
    run_program(
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
    run_program("pg_restore", "--no-owner", f"--dbname={url}", str(dump))
