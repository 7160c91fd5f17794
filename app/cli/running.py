"""`devoured worker` and `beat`: this process checks the settings and becomes Celery's."""

import os
import sys
from typing import Annotated, Final, NoReturn

import typer

from app.cli.containers import open_container
from app.readers.pepper import check_pepper_at_start
from app.settings import load_settings

app = typer.Typer()

_PANEL: Final = "Running it"

_CELERY: Final = (
    sys.executable,
    # Celery warns every root of pickle, which is not used here; a container may well be root.
    "-Wignore:::celery.platforms",
    "-m",
    "celery",
    "--quiet",
    "-A",
    "workers.app",
)


@app.command(rich_help_panel=_PANEL)
def worker(
    *,
    concurrency: Annotated[
        int | None,
        typer.Option(min=1, max=256, help="Processes. One per CPU unless given."),
    ] = None,
) -> None:
    """Render and send: run a Celery worker until told to stop; it finishes what is in flight."""
    with open_container() as container:
        check_pepper_at_start(container.sessions, container.pepper)
    own = [] if concurrency is None else [f"--concurrency={concurrency}"]
    _become("worker", "--pool=prefork", "--without-gossip", "--without-mingle", *own)


@app.command(rich_help_panel=_PANEL)
def beat() -> None:
    """Look for due issues and lost work, every few seconds, until told to stop.

    Two at once do no harm.
    """
    load_settings()
    # Every tick may be repeated, so nothing is remembered on disk from one start to the next.
    _become("beat", "--scheduler=celery.beat:Scheduler", "--enable-remote-control")


def _become(*arguments: str) -> NoReturn:
    """Turn this process into Celery's, so that signals reach it and nobody stands between."""
    sys.stdout.flush()
    os.execv(_CELERY[0], [*_CELERY, *arguments])  # noqa: S606  # to become the command is the point
