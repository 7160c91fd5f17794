"""`devoured migrate`."""

import typer

from app.cli.output import say
from app.db.migrate import current, head, upgrade
from app.settings import load_settings

app = typer.Typer()


@app.command(rich_help_panel="Setting up")
def migrate() -> None:
    """Bring the database to the state this version needs."""
    settings = load_settings()
    before = current(settings.database_url)
    if before == head():
        say(f"The database is at {before} already.")
        return
    upgrade(settings.database_url)
    say(f"The database is at {head()}; it was {f'at {before}' if before else 'empty'}.")
