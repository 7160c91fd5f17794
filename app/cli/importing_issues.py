"""`devoured import-issues`: past issues of another service, into the archive."""

from pathlib import Path
from typing import Annotated, Final

import typer

from app.actors import CLI
from app.cli.command import one_transaction
from app.cli.failures import BadInput
from app.cli.output import counted, examples, note, say, show_table
from app.db.session import undone
from app.moving.export_files import read_export
from app.moving.listmonk import read_campaigns
from app.moving.past_issues import Added, add_past_issues
from app.moving.posts import Files, Row, Source, posts_of
from app.publication.categories import get_category

app = typer.Typer()

_SHOWN: Final = 20
_URLS: Final = ("postgresql://", "postgres://")


@app.command(
    "import-issues",
    epilog=examples(
        "devoured import-issues substack-export.zip --category ai --dry-run",
        "devoured import-issues posts.csv --category ai",
        "devoured import-issues postgresql://listmonk@db/listmonk --category ai",
    ),
)
def import_issues(
    export: Annotated[
        str,
        typer.Argument(
            metavar="EXPORT",
            help="An archive, a folder or a file; of listmonk its database.",
            show_default=False,
        ),
    ],
    *,
    category: Annotated[str, typer.Option(help="The category that their stories are of.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what it would do.")] = False,
) -> None:
    """Put past issues of another service into the archive; nobody is sent anything.

    Of Substack, beehiiv, Buttondown, Ghost and listmonk. Each becomes an issue of its day with one
    story. What was not for everybody, or cannot be taken, is left out and named. Again adds
    nothing twice.
    """
    source, rows, files = _read(export)
    note(f"It looks like {source.title}: {counted(len(rows), 'post')}.")
    with one_transaction() as (session, now, _):
        home = get_category(session, category)
        posts = posts_of(source, iter(rows), files)
        if dry_run:
            with undone(session):
                added = add_past_issues(session, CLI, posts, home, now)
        else:
            added = add_past_issues(session, CLI, posts, home, now)
    _tell(added, would="would be " if dry_run else "are ")


def _read(export: str) -> tuple[Source, list[Row], Files]:
    if export.startswith(_URLS):
        return read_campaigns(export)
    path = Path(export)
    try:
        return read_export(path)
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from None


def _tell(added: Added, *, would: str) -> None:
    rows = [(one.title, one.why) for one in added.left_out[:_SHOWN]]
    if rows:
        show_table(("Left out", "because"), rows)
    more = len(added.left_out) - len(rows)
    if more:
        note(f"and {more:,} more that are left out.")
    if added.n_known:
        note(f"{counted(added.n_known, 'post')} of it came before.")
    say(f"{counted(len(added.issues), 'issue')} {would}in the archive.")
