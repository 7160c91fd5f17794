"""`devoured subjects` and `subject-template`: what inboxes show, and what makes it."""

from typing import Annotated

import typer

from app.actors import CLI
from app.cli.containers import one_transaction
from app.cli.output import examples, note, say, show_table, table
from app.issues.subjects import lines_of_cuts
from app.models import Category, Publication
from app.publication.categories import change_category, get_category, slugs_of
from app.publication.publication import set_publication
from app.rendering.subjects import DEFAULT_PREHEADER, DEFAULT_SUBJECT, PLACEHOLDERS

app = typer.Typer()


@app.command(rich_help_panel="An issue")
def subjects(
    issue: Annotated[
        int, typer.Argument(metavar="ISSUE", help="The issue's number.", show_default=False)
    ],
) -> None:
    """Show subject and preheader of every cut that somebody reads."""
    with one_transaction() as (container, session):
        base_url = container.settings.base_url
        lines = lines_of_cuts(session, issue, container.templates, base_url, container.clock())
        rows = [(", ".join(slugs_of(session, one.follows)), str(one.depth), one) for one in lines]
    if not rows:
        note("The issue has no story in any category yet.")
        return
    made = table("Categories", "Depth", "Readers", "Subject", "Preheader", right=("Readers",))
    for categories, depth, one in rows:
        made.add_row(categories, depth, f"{one.n_readers:,}", one.subject, one.preheader)
    show_table(made)


@app.command(
    "subject-template",
    rich_help_panel="Setting up",
    epilog=examples(
        "devoured subject-template",
        'devoured subject-template --subject "{publication}: {headlines}"',
        'devoured subject-template --category ai --preheader "{stories} · {rest}"',
    ),
)
def subject_template(
    *,
    category: Annotated[
        str | None,
        typer.Option(metavar="SLUG", help="Of editions of this category alone."),
    ] = None,
    subject: Annotated[
        str | None, typer.Option(help="Text and {placeholders}; empty: usual.")
    ] = None,
    preheader: Annotated[str | None, typer.Option(help="The same for the preheader.")] = None,
) -> None:
    """Show or set what subjects and preheaders are made by."""
    given = {"subject_template": subject, "preheader_template": preheader}
    changes = {name: value.strip() for name, value in given.items() if value is not None}
    row: Category | Publication
    with one_transaction() as (container, session):
        if category:
            row = get_category(session, category)
            change_category(session, row, changes, container.clock(), CLI)
        else:
            row = set_publication(session, changes, container.clock(), CLI)
    say(f"Subject    {row.subject_template or _usual(DEFAULT_SUBJECT, category)}")
    say(f"Preheader  {row.preheader_template or _usual(DEFAULT_PREHEADER, category)}")
    if not changes:
        for name, what in PLACEHOLDERS.items():
            note(f"{{{name}}}: {what}")


def _usual(template: str, category: str | None) -> str:
    return "(the publication's)" if category else f"{template} (the usual way)"
