"""`devoured readers`: import a file of them, see what became of imports, export them all."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO, Final

import typer
from sqlalchemy import func, select

from app.cli.failures import BadInput, Failed
from app.cli.house import open_house
from app.cli.importing import add, read, take, write_bad_rows
from app.cli.output import counted, examples, instant, note, say, show_table, table
from app.container import Container
from app.db.session import transaction
from app.issues.categories import follows_of
from app.models import Import, Subscriber
from app.readers.export import export_heading, export_pages
from app.readers.imports.fields import Field
from app.readers.imports.forms import FORMS, form_named
from app.readers.imports.layout import DELIMITERS
from app.readers.imports.upload import Guess, bad_rows, discard, list_imports
from app.words import Depth, ImportOutcome, ImportState, SubscriberState

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
        'devoured readers import list.csv --map address=Contact --map "status=" --consent …',
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
        typer.Option("--map", metavar="FIELD=COLUMN", help="A column by hand; empty for none."),
    ] = None,
    form: Annotated[
        str, typer.Option(help=f"Whose export it is: {', '.join(one.name for one in FORMS)}.")
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

    Who is known stays as they are; who left, bounced, complained, was suppressed or erased is
    spared and counted. It may be run again, and a killed one goes on where it was: by a worker,
    or when it is run again.
    """
    if not dry_run and not consent.strip():
        raise BadInput("say how these people agreed with --consent, or look with --dry-run.")
    guess = Guess(DELIMITERS.get(delimiter, delimiter), form, _columns(mapped or []))
    with open_house() as container:
        with transaction(container.sessions) as session:
            slugs = None if categories is None else [one.strip() for one in categories.split(",")]
            follows = follows_of(session, slugs)
        with _opened(file) as source:
            import_id = take(container, source, file, encoding, guess, follows=follows, depth=depth)
        row = read(container, import_id)
        _tell_columns(row)
        _tell_bad(container, row, bad or file.with_name(f"{file.name}.bad.csv"))
        if dry_run:
            _tell_counts(row, "Would be")
            with transaction(container.sessions) as session:
                discard(session, row.id)
            return
        row = add(container, import_id, consent)
        _tell_counts(row, "Are")
        say(f"Import {row.id} is done: {counted(row.counts.get('added', 0), 'new reader')}.")


@readers.command("imports")
def show_imports() -> None:
    """List the last imports, how far they are and what became of them."""
    with open_house() as container, transaction(container.sessions) as session:
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
    with open_house() as container:
        with transaction(container.sessions) as session:
            n_all = session.scalar(select(func.count()).select_from(Subscriber)) or 0
        sys.stdout.write(export_heading())
        for page in export_pages(container.sessions, state):
            sys.stdout.write(page)
    note(f"{counted(n_all, 'subscriber')} in all, those erased among them.")


def _columns(mapped: list[str]) -> dict[str, str]:
    """`address=E-mail` as a column by hand; BadInput for what is no field."""
    found = {}
    for one in mapped:
        meaning, divider, column = one.partition("=")
        if not divider or meaning not in set(Field):
            raise BadInput(f"--map takes FIELD=COLUMN; the fields are {', '.join(Field)}.")
        found[meaning] = column
    return found


@contextmanager
def _opened(file: Path) -> Iterator[BinaryIO]:
    try:
        with file.open("rb") as source:
            yield source
    except OSError as error:
        raise BadInput(f"{file}: {error.strerror}") from None


def _tell_columns(row: Import) -> None:
    if row.state is ImportState.FAILED:
        raise Failed(row.error or "the file cannot be read.")
    note(f"It looks like {form_named(row.form).title}, {row.encoding.upper()}.")
    made = table("Column", "is our")
    by_column = {column: meaning for meaning, column in row.columns.items()}
    for column in row.heading:
        made.add_row(column, by_column.get(column, "–"))
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
