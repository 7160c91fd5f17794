"""`devoured readers`: import a file of them, see what became of imports, export them all."""

import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO, Final

import typer
from rich.markup import escape
from sqlalchemy import func, select

from app.actors import CLI
from app.cli.containers import open_container
from app.cli.failures import BadInput, Failed
from app.cli.importing import add, read, take, write_bad_rows
from app.cli.output import counted, examples, instant, note, say, show_table, table
from app.container import Container
from app.db.session import transaction
from app.enums import Depth, ImportOutcome, ImportState, SubscriberState
from app.models import Import, Subscriber
from app.publication.categories import follows_of
from app.readers.export import export_heading, export_pages
from app.readers.imports.fields import IGNORED, Field
from app.readers.imports.forms import form_named
from app.readers.imports.layout import DELIMITERS
from app.readers.imports.services import SERVICES
from app.readers.imports.understood import understood
from app.readers.imports.upload import (
    Guess,
    bad_rows,
    column_samples,
    discard,
    get_import,
    list_imports,
)
from app.readers.imports.uses import stops

app = typer.Typer()
readers = typer.Typer(no_args_is_help=False)
app.add_typer(readers, name="readers", help="Import and export readers.", rich_help_panel="Readers")

_SAID: Final = {
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
_NEWEST: Final = 2**62


@readers.command(
    "import",
    epilog=examples(
        "devoured readers import members.csv --dry-run",
        'devoured readers import members.csv --consent "Signed up on our old site since 2019"',
        'devoured readers import list.csv --map address=Contact --ignore "Shoe size" --consent …',
    ),
)
def import_readers(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV.", show_default=False)],
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
    guess = Guess(DELIMITERS.get(delimiter, delimiter), form, _columns(mapped or [], ignored or []))
    with open_container() as container:
        with transaction(container.sessions) as session:
            slugs = None if categories is None else [one.strip() for one in categories.split(",")]
            follows = follows_of(session, slugs)
        with _opened(file) as source:
            import_id = take(container, source, file, encoding, guess, follows=follows, depth=depth)
        if not dry_run:
            _stop_at_doubts(container, import_id)
        row = read(container, import_id)
        _tell_columns(container, row, with_values=dry_run)
        _tell_bad(container, row, bad or file.with_name(f"{file.name}.bad.csv"))
        if dry_run:
            _tell_counts(row, "Would be")
        _stop_at_doubts(container, import_id)
        if dry_run:
            with transaction(container.sessions) as session:
                discard(session, row.id, container.clock(), CLI)
            return
        row = add(container, import_id, consent)
        _tell_counts(row, "Are")
        say(f"Import {row.id} is done: {counted(row.counts.get('added', 0), 'new reader')}.")


@readers.command("imports")
def show_imports() -> None:
    """List the last imports, how far they are and what became of them."""
    with open_container() as container, transaction(container.sessions) as session:
        rows = list_imports(session, before=_NEWEST, limit=20)
    if not rows:
        note("Nothing was imported yet.")
        return
    made = table("Import", "File", "State", "Rows", "Bad", "Added", "Begun", right=["Import"])
    for row in rows:
        n_added = row.counts.get("added", 0) if row.state is ImportState.DONE else 0
        made.add_row(
            str(row.id),
            row.name,
            row.state.value,
            f"{row.n_rows:,}",
            f"{row.n_bad:,}",
            f"{n_added:,}",
            instant(row.created_at),
        )
    show_table(made)


@readers.command("columns")
def show_columns() -> None:
    """Print every name of a column that import understands, as Markdown (docs/import.md)."""
    say(understood())


@readers.command(
    "export",
    epilog=examples(
        "devoured readers export > readers.csv", "devoured readers export --state left"
    ),
)
def export_readers(
    *,
    state: Annotated[SubscriberState | None, typer.Option(help="Only those in it.")] = None,
) -> None:
    """Print all readers as CSV: state, preferences, consent, suppression; import takes it back."""
    with open_container() as container:
        with transaction(container.sessions) as session:
            n_all = session.scalar(select(func.count()).select_from(Subscriber)) or 0
        sys.stdout.write(export_heading())
        for page in export_pages(container.sessions, state):
            sys.stdout.write(page)
    note(f"{counted(n_all, 'subscriber')} in all, those erased among them.")


def _columns(mapped: list[str], ignored: list[str]) -> dict[str, str]:
    """Return the meanings given by hand, by the columns' names, from `address=E-mail`.

    Raises:
        BadInput: it is no field, or one column is given two meanings.
    """
    found: dict[str, str] = {}
    for one in mapped:
        meaning, divider, column = one.partition("=")
        if not divider or meaning not in set(Field):
            raise BadInput(f"--map takes FIELD=COLUMN; the fields are {', '.join(Field)}.")
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
        told = stops(row.doubts, row.heading)
        if told:
            discard(session, import_id, container.clock(), CLI)
    if told:
        names = [name for name in row.heading if name in row.doubts]
        each = " ".join(f"--ignore {shlex.quote(name)}" for name in names)
        raise BadInput(
            f"{told}. Say what each is with --map FIELD=COLUMN, or leave it out with: {each}"
        )


@contextmanager
def _opened(file: Path) -> Iterator[BinaryIO]:
    try:
        with file.open("rb") as source:
            yield source
    except OSError as error:
        raise BadInput(f"{file}: {error.strerror}") from None


def _tell_columns(container: Container, row: Import, *, with_values: bool) -> None:
    if row.state is ImportState.FAILED:
        raise Failed(row.error or "the file cannot be read.")
    note(f"It looks like {form_named(row.form).title}, {row.encoding.upper()}.")
    samples: dict[str, list[str]] = {}
    if with_values:
        with transaction(container.sessions) as session:
            samples = column_samples(session, row)
    made = table("Column", "is taken for", *(["first values"] if with_values else []))
    for name in row.heading:
        use = row.columns.get(name) or f"? {row.doubts[name]}"
        values = [" · ".join(samples.get(name, []))] if with_values else []
        made.add_row(escape(name), escape(use), *map(escape, values))
    show_table(made)


def _tell_bad(container: Container, row: Import, file: Path) -> None:
    if not row.n_bad:
        return
    with transaction(container.sessions) as session:
        first = bad_rows(session, row.id, after=0, limit=_FIRST_BAD)
    try:
        write_bad_rows(container, row, file)
    except OSError as error:
        raise BadInput(f"{file}: {error.strerror}") from None
    note(f"{counted(row.n_bad, 'bad row')} of {row.n_rows:,}, all in {file}:")
    for one in first:
        note(f"  line {one.line}: {one.reason}")


def _tell_counts(row: Import, verb: str) -> None:
    made = table("Rows", verb, right=["Rows"])
    for outcome, said in _SAID.items():
        if n := row.counts.get(outcome, 0):
            made.add_row(f"{n:,}", said)
    if row.n_bad:
        made.add_row(f"{row.n_bad:,}", "bad, left out")
    show_table(made)
