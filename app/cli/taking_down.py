"""`devoured take-down` and `put-back`: an issue or a story off the web, and on it again."""

from typing import Annotated, Final

import typer

from app.actors import CLI
from app.cli.containers import one_transaction
from app.cli.failures import BadInput
from app.cli.output import examples, say
from app.cli.transitions import IssueArgument, VersionOption, expect
from app.issues import taking_down

app = typer.Typer()

_PANEL: Final = "An issue's life"
_MAX_NOTE: Final = 500

StoryOption = Annotated[
    int | None, typer.Option("--story", metavar="STORY", help="One of its stories alone.")
]


@app.command(
    name="take-down",
    rich_help_panel=_PANEL,
    epilog=examples(
        "devoured take-down 3", 'devoured take-down 3 --story 41 --note "We had it wrong."'
    ),
)
def take_down(
    issue: IssueArgument,
    *,
    story: StoryOption = None,
    note: Annotated[
        str | None, typer.Option(help="What readers find there, dated. Nothing unless given.")
    ] = None,
    if_version: VersionOption = None,
) -> None:
    """Take an issue, or one story, off every page, feed, sitemap and search at once.

    Mails that were sent keep it.
    """
    line = None if note is None else " ".join(note.split())
    if line is not None and not (0 < len(line) <= _MAX_NOTE and line.isprintable()):
        raise BadInput(f"A note has 1 to {_MAX_NOTE} characters that print.")
    with one_transaction() as (container, session):
        now, expected = container.clock(), expect(if_version)
        if story is None:
            taking_down.take_down_issue(session, CLI, issue, line, now, expected)
        else:
            taking_down.take_down_story(session, CLI, issue, story, line, now, expected)
    say(f"{_named(issue, story)} is off the web{', with a note' if line else ', without a trace'}.")


@app.command(name="put-back", rich_help_panel=_PANEL, epilog=examples("devoured put-back 3"))
def put_back(
    issue: IssueArgument, *, story: StoryOption = None, if_version: VersionOption = None
) -> None:
    """Show an issue, or one story, again that was taken down."""
    with one_transaction() as (container, session):
        now, expected = container.clock(), expect(if_version)
        if story is None:
            taking_down.put_back_issue(session, CLI, issue, now, expected)
        else:
            taking_down.put_back_story(session, CLI, issue, story, now, expected)
    say(f"{_named(issue, story)} is on the web as before.")


def _named(issue: int, story: int | None) -> str:
    return f"Issue {issue}" if story is None else f"Story {story} of issue {issue}"
