"""`devoured categories` and `subject-template`: what readers follow, and what subjects show."""

from typing import Annotated, Final

import typer

from app.actors import CLI
from app.cli.command import one_transaction
from app.cli.output import examples, note, say, show_table
from app.cli.publication import days
from app.enums import IssueState
from app.issues.listing import on_their_way
from app.models import Category, CategoryState, Publication
from app.publication.categories import (
    add_category,
    all_categories,
    change_category,
    get_category,
)
from app.publication.publication import set_publication
from app.rendering.subjects import DEFAULT_PREHEADER, DEFAULT_SUBJECT, PLACEHOLDERS

app = typer.Typer()
categories = typer.Typer(no_args_is_help=False, invoke_without_command=True)
app.add_typer(
    categories,
    name="categories",
    help="What there is to follow: list it, add, open, hide, retire, rename.",
)

Slug = Annotated[
    str, typer.Argument(metavar="SLUG", help="As the list shows it.", show_default=False)
]

_THE_USUAL: Final = "the publication's"
_MEANS: Final = {
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
    with one_transaction() as (session, *_):
        rows = all_categories(session)
    show_table(
        ("Slug", "Name", "State", "Template", "Send time", "Days"),
        [
            (
                *(row.slug, row.name, row.state, row.template or "its own, or the default"),
                f"{row.send_time:%H:%M}" if row.send_time else _THE_USUAL,
                _THE_USUAL if row.weekdays is None else days(row.weekdays),
            )
            for row in rows
        ],
        none='There is no category yet: devoured categories add "AI" makes one.',
    )


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
    with one_transaction() as (session, now, _):
        row = add_category(session, CLI, name, now=now, slug=slug, state=state)
    _say_state(row)


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
    with one_transaction() as (session, now, _):
        row = get_category(session, slug)
        change_category(session, CLI, row, {"name": name}, now)
        waiting = [(issue.id, issue.state) for issue in on_their_way(session, row)]
    say(f"{row.slug} is called “{row.name}”.")
    _warn(waiting)


@app.command(
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
    with one_transaction() as (session, now, _):
        if category:
            row = get_category(session, category)
            change_category(session, CLI, row, changes, now)
        else:
            row = set_publication(session, CLI, changes, now)
    say(f"Subject    {row.subject_template or _usual(DEFAULT_SUBJECT, category)}")
    say(f"Preheader  {row.preheader_template or _usual(DEFAULT_PREHEADER, category)}")
    if not changes:
        for name, what in PLACEHOLDERS.items():
            note(f"{{{name}}}: {what}")


def _become(slug: str, state: CategoryState) -> None:
    with one_transaction() as (session, now, _):
        row = get_category(session, slug)
        is_change = row.state is not state
        change_category(session, CLI, row, {"state": state}, now)
        waiting = [(issue.id, issue.state) for issue in on_their_way(session, row)]
    _say_state(row)
    if is_change:
        _warn(waiting)


def _say_state(row: Category) -> None:
    say(f"“{row.name}” ({row.slug}) is {row.state}: {_MEANS[row.state]}.")


def _warn(waiting: list[tuple[int, IssueState]]) -> None:
    """Say which issues were approved with the category as it was."""
    for issue_id, state in waiting:
        then = "pauses" if state is IssueState.SENDING else "is a draft again"
        note(f"Issue {issue_id} is {state} and has stories of it: it {then} within seconds.")


def _usual(template: str, category: str | None) -> str:
    return "(the publication's)" if category else f"{template} (the usual way)"
