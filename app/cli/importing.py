"""`devoured readers import`: a file into the database, then steps with a bar."""

import shlex
import time
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from app.actors import CLI
from app.cli.command import open_container
from app.cli.failures import BadInput, Failed
from app.cli.import_files import STDIN, opened, upload, write_bad_rows
from app.cli.output import console, counted, note, say, show_table
from app.container import Container
from app.db.session import transaction
from app.enums import Depth, ImportState
from app.models import Import
from app.publication.categories import follows_of
from app.readers.imports.advance import advance, share_of
from app.readers.imports.fields import IGNORED, ReaderField
from app.readers.imports.layout import DELIMITERS
from app.readers.imports.outcomes import ImportOutcome
from app.readers.imports.quick import QuickAddresses
from app.readers.imports.reading import Reader
from app.readers.imports.services import SERVICES, form_named
from app.readers.imports.upload import (
    FormatHints,
    bad_rows,
    column_samples,
    discard,
    get_import,
    start,
)
from app.readers.imports.uses import stops

_OUTCOMES: Final = {
    ImportOutcome.ADDED: "new, become active",
    ImportOutcome.KNOWN: "known, stay as they are",
    ImportOutcome.LEFT: "spared: they left",
    ImportOutcome.BOUNCED: "spared: their address bounced",
    ImportOutcome.COMPLAINED: "spared: they complained",
    ImportOutcome.SUPPRESSED: "spared: suppressed by hand",
    ImportOutcome.ERASED: "spared: they were erased",
    ImportOutcome.SAID_LEFT: "never active: the file says they left",
    ImportOutcome.SAID_BOUNCED: "never active: the file says they bounced",
    ImportOutcome.SAID_COMPLAINED: "never active: the file says they complained",
    ImportOutcome.SAID_SUPPRESSED: "never active: the file says they are blocked",
    ImportOutcome.SAID_UNCONFIRMED: "never active: the file says they did not confirm",
    ImportOutcome.TWICE: "rows of an address that came before or after",
}
_FIRST_BAD: Final = 5
_LOOKS_AGAIN: Final = 0.2


def import_readers(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV; - reads stdin.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what it would do.")] = False,
    consent: Annotated[
        str, typer.Option(help="How these people agreed; stands in each one's record.")
    ] = "",
    mapped: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="FIELD=COLUMN", help="What a column is, by hand."),
    ] = None,
    ignored: Annotated[
        list[str] | None,
        typer.Option("--ignore", metavar="COLUMN", help="A column that is left out."),
    ] = None,
    form: Annotated[
        str, typer.Option(help=f"Whose export it is: {', '.join(one.name for one in SERVICES)}.")
    ] = "",
    encoding: Annotated[str, typer.Option(help="As latin-1; UTF-8 or its mark unless given.")] = "",
    delimiter: Annotated[str, typer.Option(help=f"{', '.join(DELIMITERS)}, or itself.")] = "",
    categories: Annotated[
        str | None,
        typer.Option(metavar="SLUG,SLUG", help="For rows that name none. All unless given."),
    ] = None,
    depth: Annotated[Depth, typer.Option(help="For rows that say none.")] = Depth.BRIEF,
    bad: Annotated[
        Path | None,
        typer.Option("--bad", metavar="FILE", help="Where bad rows go. FILE.bad.csv unless given."),
    ] = None,
) -> None:
    """Add the readers of a file, and nobody who said no here or there.

    Every column has to be known, mapped or ignored; one that may say no to somebody stops it.
    Who is known stays as they are; who left, bounced, complained, was suppressed or erased is
    spared and counted. It may be run again, and a killed one goes on where it was: by a worker,
    or when it is run again.
    """
    if not dry_run and not consent.strip():
        raise BadInput("say how these people agreed with --consent, or look with --dry-run.")
    hints = FormatHints(
        DELIMITERS.get(delimiter, delimiter), form, _columns(mapped or [], ignored or [])
    )
    with open_container() as container:
        with transaction(container.sessions) as session:
            slugs = None if categories is None else [one.strip() for one in categories.split(",")]
            follows = follows_of(session, slugs)
        with opened(file) as source:
            import_id = upload(
                container, source, file, encoding, hints, follows=follows, depth=depth
            )
        if not dry_run:
            _stop_at_doubts(container, import_id)
        row = read(container, import_id)
        _tell_columns(container, row, with_values=dry_run)
        beside = None if file == STDIN else file.with_name(f"{file.name}.bad.csv")
        _tell_bad(container, row, bad or beside)
        if dry_run:
            _tell_counts(row, "Would be")
        _stop_at_doubts(container, import_id)
        if dry_run:
            with transaction(container.sessions) as session:
                discard(session, CLI, row.id, container.clock())
            return
        row = add(container, import_id, consent)
        _tell_counts(row, "Are")
        say(f"Import {row.id} is done: {counted(row.counts.get('added', 0), 'new reader')}.")


def _columns(mapped: list[str], ignored: list[str]) -> dict[str, str]:
    """Return the meanings given by hand, by the columns' names, from `address=E-mail`.

    Raises:
        BadInput: it is no field, or one column is given two meanings.
    """
    found: dict[str, str] = {}
    for one in mapped:
        meaning, divider, column = one.partition("=")
        if not divider or meaning not in set(ReaderField):
            raise BadInput(f"--map takes FIELD=COLUMN; the fields are {', '.join(ReaderField)}.")
        if not column:
            raise BadInput(f"--map {meaning}= names no column; --ignore COLUMN leaves one out.")
        if found.setdefault(column, meaning) != meaning:
            raise BadInput(f"--map says two things of “{column}”: {found[column]} and {meaning}.")
    for column in ignored:
        if column in found:
            raise BadInput(f"“{column}” cannot be mapped and ignored.")
    return found | dict.fromkeys(ignored, IGNORED)


def _stop_at_doubts(container: Container, import_id: int) -> None:
    """Discard an import with columns that nobody decided about; BadInput says how to."""
    with transaction(container.sessions) as session:
        row = get_import(session, import_id)
        reasons = stops(row.doubts, row.heading)
        if reasons:
            discard(session, CLI, import_id, container.clock())
    if reasons:
        names = [name for name in row.heading if name in row.doubts]
        each = " ".join(f"--ignore {shlex.quote(name)}" for name in names)
        raise BadInput(
            f"{reasons}. Say what each is with --map FIELD=COLUMN, or leave it out with: {each}"
        )


def _tell_columns(container: Container, row: Import, *, with_values: bool) -> None:
    if row.state is ImportState.FAILED:
        raise Failed(row.error or "the file cannot be read.")
    note(f"It looks like {form_named(row.form).title}, {row.encoding.upper()}.")
    samples: dict[str, list[str]] = {}
    if with_values:
        with transaction(container.sessions) as session:
            samples = column_samples(session, row)
    rows = []
    for name in row.heading:
        use = row.columns.get(name) or f"? {row.doubts[name]}"
        values = [" · ".join(samples.get(name, []))] if with_values else []
        rows.append([escape(one) for one in (name, use, *values)])
    show_table(("Column", "is taken for", *(["first values"] if with_values else [])), rows)


def _tell_bad(container: Container, row: Import, file: Path | None) -> None:
    if not row.n_bad:
        return
    with transaction(container.sessions) as session:
        first = bad_rows(session, row.id, after=0, limit=_FIRST_BAD)
    if file is not None:
        try:
            write_bad_rows(container, row, file)
        except OSError as error:
            raise BadInput(f"{file}: {error.strerror}") from None
    where = "--bad FILE keeps all" if file is None else f"all in {file}"
    note(f"{counted(row.n_bad, 'bad row')} of {row.n_rows:,}, {where}:")
    for one in first:
        note(f"  line {one.line}: {one.reason}")


def _tell_counts(row: Import, verb: str) -> None:
    counts = [(row.counts.get(outcome, 0), what) for outcome, what in _OUTCOMES.items()]
    counts.append((row.n_bad, "bad, left out"))
    show_table(("Rows", verb), [(f"{n:,}", what) for n, what in counts if n], right=("Rows",))


def read(container: Container, import_id: int) -> Import:
    """Read all of the Import and return it."""
    return _go_on(container, import_id, "Reading", ImportState.READING)


def add(container: Container, import_id: int, consent: str) -> Import:
    """Add the readers of the Import and return it."""
    with transaction(container.sessions) as session:
        start(session, CLI, import_id, consent, container.clock())
    return _go_on(container, import_id, "Adding", ImportState.ADDING)


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
