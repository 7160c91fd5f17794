"""`devoured up`: the service in production on this machine, without containers."""

import os
from pathlib import Path
from typing import Annotated

import typer

from app.cli.failures import FAILED
from app.cli.output import examples, note
from localdev.processes import ChildError
from localdev.up.place import Place
from localdev.up.run import run, run_servers

app = typer.Typer()


@app.command(epilog=examples("devoured up --data /var/lib/devoured", "devoured up --workers 4"))
def up(
    *,
    data: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Where all its data lives; back it up.")
    ] = Path("/var/lib/devoured"),
    port: Annotated[
        int, typer.Option(min=1, max=65535, help="On 127.0.0.1, for the https proxy before it.")
    ] = 8000,
    workers: Annotated[
        int,
        typer.Option(
            min=1, max=256, help="Processes that send.", show_default="one per CPU, 2 at least"
        ),
    ] = max(2, os.cpu_count() or 1),
    servers_only: Annotated[
        bool,
        typer.Option(
            "--servers-only", help="PostgreSQL and Valkey alone: for a restore, or a new pepper."
        ),
    ] = False,
) -> None:
    """Run the whole service here, with its own PostgreSQL and Valkey, until told to stop.

    Secrets are made at the first start. What ends is started again; what was killed, or lost its
    power, goes on where it was. An https proxy stands before it: docs/one-machine.md.
    """
    try:
        place = Place(data.absolute(), port)
        if servers_only:
            run_servers(place)
        else:
            run(place, workers)
    except ChildError as problem:
        # The last lines of a part, which one line would make unreadable.
        note(f"devoured: {problem}")
        raise typer.Exit(FAILED) from None
    except OSError as problem:  # of its folder, before anything was started
        note(f"devoured: {problem.filename or data}: {problem.strerror}")
        raise typer.Exit(FAILED) from None
