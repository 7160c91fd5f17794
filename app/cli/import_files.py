"""The files of `devoured readers import`: one goes in piece by piece, bad rows come out."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from app.actors import CLI
from app.cli.failures import BadInput
from app.container import Container
from app.db.session import transaction
from app.enums import Depth
from app.models import Import
from app.readers.export import to_csv
from app.readers.imports.intake import Intake
from app.readers.imports.layout import heading_with_uses
from app.readers.imports.upload import (
    FormatHints,
    add_piece,
    bad_rows,
    begin_import,
    discard,
    end_upload,
)

STDIN: Final = Path("-")
_PIECE: Final = 1 << 20
_PAGE: Final = 1000


@contextmanager
def opened(file: Path) -> Iterator[BinaryIO]:
    """Yield the bytes of a file, or of what is piped in."""
    if file == STDIN:
        yield sys.stdin.buffer
        return
    try:
        with file.open("rb") as source:
            yield source
    except OSError as error:
        raise BadInput(f"{file}: {error.strerror}") from None


def upload(
    container: Container,
    source: BinaryIO,
    file: Path,
    encoding: str,
    hints: FormatHints,
    *,
    follows: int,
    depth: Depth,
) -> int:
    """Store this file in a new Import and return its number; hold one piece in memory at a time.

    No transaction is open while a pipe is read, which may pause for as long as it likes. What
    cannot be read to its end leaves no Import.
    """
    intake = Intake(encoding)
    name = "stdin" if file == STDIN else file.name
    with transaction(container.sessions) as session:
        row = begin_import(session, name, follows=follows, depth=depth, now=container.clock())
    try:
        while data := source.read(_PIECE):
            with transaction(container.sessions) as session:
                add_piece(session, row.id, intake.feed(data))
        with transaction(container.sessions) as session:
            add_piece(session, row.id, intake.end())
            end_upload(session, CLI, row.id, intake.encoding, hints)
    except BaseException:  # a person's Ctrl-C among them
        with transaction(container.sessions) as session:
            discard(session, CLI, row.id, container.clock())
        raise
    return row.id


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
