"""`devoured stories`: the stories of an issue, their order, and those that were dropped."""

from typing import Annotated, Final

import typer

from app.actors import CLI
from app.cli.containers import one_transaction
from app.cli.failures import BadInput
from app.cli.output import counted, examples, instant, note, say, show_table, table
from app.cli.transitions import IssueArgument, VersionOption, expect
from app.issues import arranging, dropping
from app.issues.lifecycle import get_issue
from app.issues.stories import stories_of
from app.publication.categories import all_categories, get_category

stories = typer.Typer(no_args_is_help=True, help="List, order, move, drop and restore stories.")
app = typer.Typer()
app.add_typer(stories, name="stories", rich_help_panel="An issue")

Stories = Annotated[
    list[int],
    typer.Argument(metavar="STORY…", min=1, help="The stories' numbers.", show_default=False),
]
Story = Annotated[
    int, typer.Argument(metavar="STORY", min=1, help="The story's number.", show_default=False)
]
NONE: Final = "none"


@stories.command("list")
def list_(issue: IssueArgument) -> None:
    """List the stories of an issue in their order, and the dropped ones below."""
    with one_transaction() as (_, session):
        version = get_issue(session, issue).version
        names = {one.id: one.slug for one in all_categories(session)}
        rows = [
            (one.position, one.id, one.version, names.get(one.category_id or 0, "–"), one.title)
            for one in stories_of(session, issue)
        ]
        dropped = [
            f"Story {one.story_id} was dropped at {instant(one.dropped_at)}: {one.fields['title']}"
            for one in dropping.dropped_stories(session, issue)
        ]
    made = table(
        "Place", "Story", "Version", "Category", "Title", right=("Place", "Story", "Version")
    )
    for row in rows:
        made.add_row(*map(str, row))
    show_table(made)
    for line in dropped:
        say(line)
    note(f"Issue {issue} is at version {version}.")


@stories.command(epilog=examples("devoured stories order 3 43 41 42"))
def order(issue: IssueArgument, story: Stories, *, if_version: VersionOption = None) -> None:
    """Bring stories of a draft into this order; the others keep their places."""
    with one_transaction() as (container, session):
        arranging.order_stories(session, CLI, issue, story, container.clock(), expect(if_version))
    say(f"{counted(len(story), 'story', 'stories')} of issue {issue} stand in this order now.")


@stories.command(
    epilog=examples(
        "devoured stories move 3 42 43 --category ai", "devoured stories move 3 42 --to 1"
    )
)
def move(
    issue: IssueArgument,
    story: Stories,
    *,
    category: Annotated[
        str | None, typer.Option(metavar="SLUG", help=f"To this category; {NONE} for none.")
    ] = None,
    to: Annotated[
        int | None,
        typer.Option(metavar="PLACE", min=1, help="The first stands here, the others behind it."),
    ] = None,
    if_version: VersionOption = None,
) -> None:
    """Move stories of a draft to another category, another place, or both."""
    if category is None and to is None:
        raise BadInput("Say where to: --category, --to, or both.")
    with one_transaction() as (container, session):
        is_named = category not in {None, NONE}
        home = get_category(session, str(category)).id if is_named else None
        there = arranging.Move(category is not None, home, to)
        now, expected = container.clock(), expect(if_version)
        arranging.move_stories(session, CLI, issue, story, there, now, expected)
    say(f"{counted(len(story), 'story', 'stories')} of issue {issue} moved.")


@stories.command(epilog=examples("devoured stories drop 3 42"))
def drop(issue: IssueArgument, story: Story, *, if_version: VersionOption = None) -> None:
    """Take a story out of a draft; it can be restored until the issue is out."""
    with one_transaction() as (container, session):
        now, expected = container.clock(), expect(if_version)
        dropping.drop_story(session, CLI, issue, story, now, expected)
    say(f"Story {story} is dropped. Back with: devoured stories restore {issue} {story}")


@stories.command(epilog=examples("devoured stories restore 3 42"))
def restore(issue: IssueArgument, story: Story, *, if_version: VersionOption = None) -> None:
    """Put a dropped story back where it stood."""
    with one_transaction() as (container, session):
        now, expected = container.clock(), expect(if_version)
        row = dropping.restore_story(session, CLI, issue, story, now, expected)
        place = row.position
    say(f"Story {story} is back in issue {issue}, in place {place}.")
