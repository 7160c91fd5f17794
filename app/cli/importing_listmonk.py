"""`devoured readers import-listmonk`: what listmonk's database says, taken as a file is."""

import tempfile
from pathlib import Path
from typing import Annotated, Final

import typer

from app.cli.importing import import_readers
from app.cli.output import note
from app.enums import Depth
from app.moving.listmonk import write_readers
from app.readers.imports.self_hosted import LISTMONK_DATABASE

_BAD: Final = Path("listmonk.bad.csv")


def import_listmonk(
    url: Annotated[
        str,
        typer.Argument(
            metavar="DATABASE",
            help="Where listmonk's PostgreSQL is; PGPASSWORD keeps its password out of sight.",
            show_default=False,
        ),
    ],
    *,
    lists: Annotated[
        list[str] | None,
        typer.Option("--list", metavar="NAME", help="A list of theirs; again for more. All else."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what it would do.")] = False,
    consent: Annotated[
        str, typer.Option(help="How these people agreed; stands in each one's record.")
    ] = "",
    categories: Annotated[
        str | None, typer.Option(metavar="SLUG,SLUG", help="What they follow. All unless given.")
    ] = None,
    depth: Annotated[Depth, typer.Option(help="How deep they read.")] = Depth.BRIEF,
) -> None:
    """Add the subscribers of listmonk, and nobody who said no there or here.

    Who left all of these lists, never confirmed a double opt-in, was disabled or blocklisted,
    bounced hard or complained is never made active, and stays known as such. listmonk is only read.
    """
    with tempfile.TemporaryDirectory(prefix="devoured-") as folder:
        file = Path(folder) / "listmonk.csv"
        note("Reading listmonk …")
        with file.open("wb") as target:
            write_readers(url, lists or [], target)
        import_readers(
            file,
            dry_run=dry_run,
            consent=consent,
            form=LISTMONK_DATABASE,
            categories=categories,
            depth=depth,
            bad=_BAD,
        )
