"""`devoured migrate`: the database brought to the state this version needs, or what that takes."""

import time
from typing import Annotated

import typer

from app.cli.output import examples, note, say, show_table
from app.db.migrate import BETWEEN_TRIES, STATEMENT_SECONDS, current, head, pending, upgrade
from app.settings import load_settings

app = typer.Typer()


@app.command(epilog=examples("devoured migrate --plan", "devoured migrate"))
def migrate(
    *,
    plan: Annotated[
        bool, typer.Option("--plan", help="Only say which migrations would run; change nothing.")
    ] = False,
    statement_seconds: Annotated[
        int,
        typer.Option(
            min=0,
            metavar="SECONDS",
            help="How long one statement may keep others waiting; 0, with all processes stopped,"
            " is any time.",
        ),
    ] = STATEMENT_SECONDS,
) -> None:
    """Bring the database to the state this version needs.

    The service may run meanwhile. A migration that cannot have a lock within 5 s is undone and
    tried again for about two minutes; those before it stay done, and once more goes on from there.
    """
    settings = load_settings()
    before, steps = current(settings.database_url), pending(settings.database_url)
    if not steps:
        say(f"The database is at {before} already.")
        return
    was = f"at {before}" if before else "empty"
    if plan:
        show_table(("Migration", "What it does"), [(one.revision, one.sentence) for one in steps])
        note(f"The database is {was}. Nothing was changed: devoured migrate does these.")
        return
    upgrade(settings.database_url, statement_seconds=statement_seconds, between_tries=_say_and_wait)
    say(f"The database is at {head()}; it was {was}.")


def _say_and_wait() -> None:
    note("Others hold a table that a migration needs; it is tried again.")
    time.sleep(BETWEEN_TRIES)
