"""`make migration NAME=what_changes`: a draft of the next migration, from the models."""

import re
import tempfile
from pathlib import Path

import typer
from alembic import command
from alembic.script import Script

from app.db import migrate
from localdev.postgres import start_postgres


def main(name: str) -> None:
    """Write migrations/versions/NNNN_NAME.py with what the models have and the migrations lack."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{2,39}", name):
        typer.echo(
            "The name is small letters, digits and _, as in: make migration NAME=story_notes"
        )
        raise typer.Exit(2)
    with (
        tempfile.TemporaryDirectory(prefix="devoured-") as folder,
        start_postgres(Path(folder), durable=False) as postgres,
    ):
        migrate.upgrade(postgres.url)
        path = draft(name, postgres.url)
    if path is None:
        typer.echo("The migrations have all that the models have; nothing was written.")
    else:
        typer.echo(f"{path} is a draft: read it, mend it, then make format and make test.")


def draft(name: str, database_url: str, migrations: Path = migrate.MIGRATIONS) -> Path | None:
    """Write the new migration and return its file; None if the database has all the models have.

    The database must be at the head.
    """
    if not migrate.check(database_url):
        return None
    written = command.revision(
        migrate.alembic_config(database_url, migrations),
        message=name,
        rev_id=next_number(migrations / "versions"),
        autogenerate=True,
    )
    assert isinstance(written, Script)  # noqa: S101  # one head gives one script
    return Path(written.path)


def next_number(versions: Path) -> str:
    """Return the number after the highest, as `0002`."""
    numbers = (int(path.name[:4]) for path in versions.glob("[0-9][0-9][0-9][0-9]_*.py"))
    return f"{max(numbers, default=0) + 1:04d}"


if __name__ == "__main__":
    typer.run(main)
