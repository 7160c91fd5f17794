"""`devoured export-all` and `import-all`: everything that is kept, to a folder and back."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from app.actors import CLI
from app.cli.command import open_container
from app.cli.failures import BadInput
from app.cli.output import counted, examples, note, say
from app.moving.bringing_in import bring_in
from app.moving.manifest import Manifest
from app.moving.taking_out import take_out

app = typer.Typer()

FolderArgument = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="The export's folder.", show_default=False)
]


@app.command(epilog=examples("devoured export-all export-2026-04-28"))
def export_all(folder: FolderArgument) -> None:
    """Write everything that is kept into a new folder: as NDJSON, and as CSV for people.

    Readers with preferences, consents and suppressions, issues with their stories, the ledger and
    the audit, as they are at one instant; docs/export.md has every file and column. Nothing stops
    meanwhile. The files are personal.
    """
    with _disk(), open_container() as container:
        manifest = take_out(container, folder, _tell)
    say(f"{folder} has {_sum(manifest)}.")


@app.command(epilog=examples("devoured import-all export-2026-04-28"))
def import_all(folder: FolderArgument) -> None:
    """Bring an export of everything into a new installation, whole or not at all.

    The database is migrated and empty, and has the pepper of where the export comes from. Nothing
    is sent before you let it: docs/export.md says how.
    """
    with _disk(), open_container() as container:
        manifest = bring_in(container, CLI, folder, _tell)
    say(f"{_sum(manifest)} are here. All sending is paused.")
    note("Stop where it comes from; devoured restored --is-current, or --anyway if it still sent")
    note("after the export was made; then devoured account resume. See docs/export.md.")


def _tell(name: str, n_rows: int) -> None:
    note(f"{n_rows:>12,}  {name}")


def _sum(manifest: Manifest) -> str:
    n_rows = sum(file.n_rows for file in manifest.files.values())
    images = f" and {counted(len(manifest.images), 'image')}" if manifest.images else ""
    return f"{counted(n_rows, 'row')} in {counted(len(manifest.files), 'table')}{images}"


@contextmanager
def _disk() -> Iterator[None]:
    """Say in a line what the disk refuses."""
    try:
        yield
    except OSError as error:
        raise BadInput(f"{error.filename or 'the folder'}: {error.strerror}") from None
