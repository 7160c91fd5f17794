"""`devoured categories`: what there is to follow, added, opened, hidden, retired and renamed."""

from datetime import time
from typing import Annotated

import typer

from app.actors import CLI
from app.cli.containers import one_transaction
from app.cli.output import examples, note, say, show_table, table
from app.enums import IssueState
from app.issues.listing import on_their_way
from app.models import Category, CategoryState
from app.publication.categories import (
    add_category,
    all_categories,
    change_category,
    get_category,
)
from app.publication.lanes import WEEKDAYS

app = typer.Typer()
categories = typer.Typer(no_args_is_help=False, invoke_without_command=True)
app.add_typer(
    categories,
    name="categories",
    help="What there is to follow: list it, add, open, hide, retire, rename.",
    rich_help_panel="Setting up",
)

Slug = Annotated[
    str, typer.Argument(metavar="SLUG", help="As the list shows it.", show_default=False)
]

_MEANS = {
    CategoryState.OPEN: "readers can choose it, and stories go out in it",
    CategoryState.HIDDEN: "it is nowhere to be seen in public, and nothing goes out in it",
    CategoryState.RETIRED: "nobody new can choose it, and nothing goes out in it any more; what"
    " came out stays to be read",
}


@categories.callback()
def show(context: typer.Context) -> None:
    """List the categories, in the order in which editions show them."""
    if context.invoked_subcommand is None:
        list_categories()


@categories.command("list")
def list_categories() -> None:
    """List the categories, in the order in which editions show them."""
    with one_transaction() as (_, session):
        rows = all_categories(session)
    if not rows:
        note('There is no category yet: devoured categories add "AI" makes one.')
        return
    made = table("Slug", "Name", "State", "Template", "Send time", "Days")
    for row in rows:
        made.add_row(
            row.slug,
            row.name,
            row.state,
            row.template or "its own, or the default",
            _clock(row.send_time),
            _days(row.weekdays),
        )
    show_table(made)


@categories.command(
    epilog=examples('devoured categories add "Data & AI"', "devoured categories add Rust --hidden"),
)
def add(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="As readers see it.", show_default=False)
    ],
    *,
    slug: Annotated[
        str, typer.Option(metavar="SLUG", help="For addresses. Made of the name unless given.")
    ] = "",
    hidden: Annotated[
        bool, typer.Option("--hidden", help="Shown to nobody until it is opened.")
    ] = False,
) -> None:
    """Add a category, open to readers at once unless it is hidden."""
    state = CategoryState.HIDDEN if hidden else CategoryState.OPEN
    with one_transaction() as (container, session):
        row = add_category(session, name, now=container.clock(), slug=slug, state=state, actor=CLI)
    _told(row)


@categories.command("open")
def open_category(slug: Slug) -> None:
    """Let readers choose a category, and its stories go out."""
    _become(slug, CategoryState.OPEN)


@categories.command()
def hide(slug: Slug) -> None:
    """Take a category out of everything public; who follows it does so again once it is opened."""
    _become(slug, CategoryState.HIDDEN)


@categories.command()
def retire(slug: Slug) -> None:
    """Let nobody new choose a category; what came out in it stays to be read."""
    _become(slug, CategoryState.RETIRED)


@categories.command(epilog=examples('devoured categories rename ai "Artificial intelligence"'))
def rename(
    slug: Slug,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The new name.", show_default=False)],
) -> None:
    """Give a category another name; its slug, and so its addresses, stay."""
    with one_transaction() as (container, session):
        row = get_category(session, slug)
        change_category(session, row, {"name": name}, container.clock(), CLI)
        waiting = [(issue.id, issue.state) for issue in on_their_way(session, row)]
    say(f"{row.slug} is called “{row.name}”.")
    _warn(waiting)


def _become(slug: str, state: CategoryState) -> None:
    with one_transaction() as (container, session):
        row = get_category(session, slug)
        is_change = row.state is not state
        change_category(session, row, {"state": state}, container.clock(), CLI)
        waiting = [(issue.id, issue.state) for issue in on_their_way(session, row)]
    _told(row)
    if is_change:
        _warn(waiting)


def _told(row: Category) -> None:
    say(f"“{row.name}” ({row.slug}) is {row.state}: {_MEANS[row.state]}.")


def _warn(waiting: list[tuple[int, IssueState]]) -> None:
    """Say which issues were approved with the category as it was."""
    for issue_id, state in waiting:
        then = "pauses" if state is IssueState.SENDING else "is a draft again"
        note(f"Issue {issue_id} is {state} and has stories of it: it {then} within seconds.")


def _clock(at: time | None) -> str:
    return f"{at:%H:%M}" if at else "the publication's"


def _days(weekdays: list[int] | None) -> str:
    if weekdays is None:
        return "the publication's"
    return ", ".join(WEEKDAYS[number - 1] for number in sorted(weekdays)) or "no day"
