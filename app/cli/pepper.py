"""`devoured pepper`: a new one over the former, for every hash of an address."""

import secrets
from typing import Annotated, Final

import typer

from app.actors import CLI
from app.cli.command import open_container
from app.cli.output import counted, note, say
from app.recovery.pepper import migrate_pepper

app = typer.Typer()
pepper = typer.Typer(no_args_is_help=False)
app.add_typer(
    pepper,
    name="pepper",
    help="What keys the hashes of addresses: a new one, and to go over to it.",
)

_RANDOM_BYTES: Final = 48


@pepper.command()
def new() -> None:
    """Print a random pepper; needs no server and no settings, and changes nothing."""
    note("Set DEVOURED_ADDRESS_PEPPER to this, and put the former one first into")
    note("DEVOURED_FORMER_PEPPERS. Then stop every process, and run devoured pepper migrate.")
    say(secrets.token_urlsafe(_RANDOM_BYTES))


@pepper.command()
def migrate(
    *,
    anyway: Annotated[
        bool,
        typer.Option(
            "--anyway", help="Others that are connected to the database are none of ours."
        ),
    ] = False,
) -> None:
    """Bring the database under the pepper of the settings, all of it or nothing.

    Every process has to be stopped, on every host. The former peppers stay in
    DEVOURED_FORMER_PEPPERS for good. Once more does nothing.
    """
    with open_container() as container:
        n_new = migrate_pepper(container, CLI, anyway=anyway)
    if n_new:
        say(f"Every hash of an address is under {counted(n_new, 'pepper')} more.")
    else:
        say("The database is under these peppers already.")
