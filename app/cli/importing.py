"""An import from the command line: the file into the database, then steps with a bar."""

import time
from pathlib import Path
from typing import BinaryIO, Final

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from app.actors import CLI
from app.cli.output import console
from app.container import Container
from app.db.session import transaction
from app.enums import Depth, ImportState
from app.models import Import
from app.readers.export import to_csv
from app.readers.imports.advance import advance, share_of
from app.readers.imports.carried import heading_with_uses
from app.readers.imports.intake import Intake
from app.readers.imports.quick import QuickAddresses
from app.readers.imports.reading import Reader
from app.readers.imports.upload import (
    Guess,
    add_piece,
    bad_rows,
    begin_import,
    end_upload,
    get_import,
    start,
)

_PIECE: Final = 1 << 20
_PAGE: Final = 1000
_LOOKS_AGAIN: Final = 0.2


def take(
    container: Container,
    source: BinaryIO,
    file: Path,
    encoding: str,
    guess: Guess,
    *,
    follows: int,
    depth: Depth,
) -> int:
    """Store this file in a new Import and return its number; hold one piece in memory at a time."""
    intake = Intake(encoding)
    with transaction(container.sessions) as session:
        row = begin_import(session, file.name, follows=follows, depth=depth, now=container.clock())
        while data := source.read(_PIECE):
            add_piece(session, row.id, intake.feed(data))
        add_piece(session, row.id, intake.end())
        end_upload(session, row.id, intake.encoding, guess, CLI)
    return row.id


def read(container: Container, import_id: int) -> Import:
    """Read all of the Import and return it."""
    return _go_on(container, import_id, "Reading", ImportState.READING)


def add(container: Container, import_id: int, consent: str) -> Import:
    """Add the readers of the Import and return it."""
    with transaction(container.sessions) as session:
        start(session, import_id, consent, container.clock(), CLI)
    return _go_on(container, import_id, "Adding", ImportState.ADDING)


def write_bad_rows(container: Container, row: Import, file: Path) -> None:
    """Write all bad rows into a file: line, reason, and the cells under their heading.

    The heading carries what each column was taken for, so that the mended file is read alike.
    """
    with file.open("w", encoding="utf-8", newline="") as out:
        out.write(to_csv([heading_with_uses(row.form, row.heading, row.columns)]))
        after = 0
        while True:
            with transaction(container.sessions) as session:
                page = bad_rows(session, row.id, after=after, limit=_PAGE)
            if not page:
                return
            out.write(to_csv([one.line, one.reason, *one.cells] for one in page))
            after = page[-1].line


def _go_on(container: Container, import_id: int, what: str, state: ImportState) -> Import:
    """Step by step until the Import leaves this state; a worker may be at it as well."""
    reader = Reader(container.pepper, QuickAddresses(allow_reserved=container.allow_reserved))
    with _bar() as bar:
        task = bar.add_task(what, total=1.0)
        while True:
            was_done = advance(
                container.sessions, import_id, reader, container.clock, container.enqueue_now
            )
            with transaction(container.sessions) as session:
                row = get_import(session, import_id)
            if row.state is not state:
                bar.update(task, completed=1.0)
                return row
            bar.update(task, completed=share_of(row))
            if not was_done:
                time.sleep(_LOOKS_AGAIN)


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=console(err=True),
        transient=True,
    )
