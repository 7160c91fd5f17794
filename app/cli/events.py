"""`devoured events`: whether all events of the provider arrive, and those that cannot be read."""

from datetime import timedelta
from typing import Final

import typer

from app.actors import CLI
from app.cli.containers import one_transaction
from app.cli.output import counted, instant, note, say
from app.events.health import Health, stream_health
from app.events.unreadable import apply_unreadable_again, list_unreadable

app = typer.Typer()
events = typer.Typer(no_args_is_help=False, invoke_without_command=True)
app.add_typer(
    events,
    name="events",
    help="Whether what SES tells of mails arrives; read again what could not be read.",
    rich_help_panel="Running it",
)

_OVER: Final = timedelta(hours=1)
_SHOWN: Final = 20


@events.callback()
def show(context: typer.Context) -> None:
    """Show how many mails of the last hour were heard of, and events that could not be read."""
    if context.invoked_subcommand is not None:
        return
    with one_transaction() as (container, session):
        now = container.clock()
        health = stream_health(session, now - _OVER, now, now)
        unreadable = [
            f"{instant(one.received_at)}  event {one.id}: {one.error}"
            for one in list_unreadable(session, after=0, limit=_SHOWN)
        ]
    say(_stream(health))
    if health.n_foreign:
        say(
            f"{counted(health.n_foreign, 'event')} of the last 30 days changed nothing: about mail "
            "of another installation, or to somebody else than the reader it names."
        )
    if health.n_unreadable:
        say(f"{counted(health.n_unreadable, 'event')} of the last 30 days could not be read:")
        for line in unreadable:
            say(line)
        note("devoured events apply-again reads them again, after an upgrade for example.")


@events.command(name="apply-again")
def apply_again() -> None:
    """Read and apply again all events that could not be read."""
    with one_transaction() as (container, session):
        n_events = apply_unreadable_again(session, container.clock(), CLI)
    say(f"{counted(n_events, 'event')} will be read again.")


def _stream(health: Health) -> str:
    last = (
        "none has come yet" if health.last_received_at is None else instant(health.last_received_at)
    )
    heard = f"{health.n_heard:,} of {counted(health.n_accepted, 'accepted mail')} heard of"
    waiting = f"{health.n_unapplied:,} waiting to be applied"
    return f"Of the last hour {heard}; {waiting}; last event: {last}."
