"""`devoured setbacks`: what of the service's own work fails just now."""

import typer

from app.cli.containers import one_transaction
from app.cli.output import counted, instant, note, say
from app.delivery.alone import list_setbacks

app = typer.Typer()


@app.command(rich_help_panel="Running it")
def setbacks() -> None:
    """Show which of the service's own work fails, such as forgetting what is old, and why.

    Each is tried again by itself, and gone from here once it works. What fails for one issue,
    import, letter or event is said there instead.
    """
    with one_transaction() as (_, session):
        lines = [
            f"{row.what}: {row.reason}\n  {counted(row.n_times, 'time')} since"
            f" {instant(row.first_at)}, last at {instant(row.last_at)}"
            for row in list_setbacks(session)
        ]
    if not lines:
        note("Nothing fails just now.")
    for line in lines:
        say(line)
