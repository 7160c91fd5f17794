"""`devoured cuts`: every mail of an issue, its size, and what it gave up for whom."""

from collections.abc import Sequence
from typing import Annotated

import typer

from app.cli.containers import one_transaction
from app.cli.output import counted, examples, note, say, show_table, table
from app.cli.previews import TRIMMED, quoted
from app.cli.transitions import IssueArgument
from app.issues.cuts import Measured, cuts_of, measure
from app.issues.lifecycle import get_issue
from app.models import Category
from app.publication.categories import all_categories

app = typer.Typer()


@app.command(
    rich_help_panel="An issue", epilog=examples("devoured cuts 3", "devoured cuts 3 --shortened")
)
def cuts(
    issue: IssueArgument,
    *,
    shortened: Annotated[
        bool, typer.Option("--shortened", help="Only those that are too long for a mail.")
    ] = False,
) -> None:
    """List an issue's cuts: who reads which mail, how large it is, and what it gave up.

    Before launch it is who would get one now. Those with most readers come first.
    """
    with one_transaction() as (container, session):
        row = get_issue(session, issue)
        found = cuts_of(session, row, container.clock())
        base_url = container.settings.base_url
        measured = measure(session, row, found, container.templates, base_url)
        categories = all_categories(session)
    told = [(one, _slugs(one, categories)) for one in measured]
    n_shortened = sum(bool(one.trimmed) for one in measured)
    if shortened:
        told = [(one, slugs) for one, slugs in told if one.trimmed]
    if told:
        _show(told)
    n_readers = sum(cut.n_readers for cut in found)
    note(
        f"{counted(len(found), 'cut')}, {counted(n_readers, 'reader')};"
        f" {n_shortened:,} shortened to fit a mail."
    )


def _show(told: list[tuple[Measured, str]]) -> None:
    right = ("Readers", "KB")
    made = table("Readers", "Categories", "Depth", "KB", "", right=right)
    for one, slugs in told:
        size = "–" if one.n_bytes is None else f"{one.n_bytes / 1000:.0f}"
        what = "shortened" if one.trimmed else one.error
        made.add_row(f"{one.cut.n_readers:,}", slugs, one.cut.depth, size, what)
    show_table(made)
    for one, slugs in told:
        for step in one.trimmed:
            say(f"{slugs} ({one.cut.depth}): {TRIMMED[step.what]} {quoted(step.titles)}.")


def _slugs(one: Measured, categories: Sequence[Category]) -> str:
    return ", ".join(each.slug for each in categories if each.mask & one.cut.follows)
