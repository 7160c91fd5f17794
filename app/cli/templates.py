"""`devoured templates`: the looks a category can have, each tried on a sample."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.output import examples, say
from app.rendering.template_check import check_templates
from app.rendering.templates import load_templates

app = typer.Typer()


@app.command(
    rich_help_panel="The publication",
    epilog=examples("devoured templates", "devoured templates ./our-templates"),
)
def templates(
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="FOLDER",
            help="A folder of your own templates, as for DEVOURED_TEMPLATES.",
            show_default=False,
            exists=True,
            file_okay=False,
        ),
    ] = None,
) -> None:
    """List the section templates, each tried on a sample at every depth; needs no settings.

    A mistake is told with its file and line, and nothing else is listed.
    """
    for tried in check_templates(load_templates(own=folder)):
        say(f"{tried.name:<20} {tried.story_bytes:>6,} bytes a story beside its text")
