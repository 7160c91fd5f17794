"""`devoured unplaced`, `drop-line` and `place-line`: lines of a digest that no field took."""

from typing import Annotated, Final

import typer

from app.actors import CLI
from app.characters import cut
from app.cli.containers import one_transaction
from app.cli.failures import BadInput
from app.cli.output import counted, examples, note, say, show_table, table
from app.cli.transitions import IssueArgument, VersionOption, expect
from app.content.placing import PlaceField
from app.issues import unplaced as unplacing

app = typer.Typer()

_PANEL: Final = "An issue"
_SHOWN: Final = 100


@app.command(rich_help_panel=_PANEL, epilog=examples("devoured unplaced 3"))
def unplaced(issue: IssueArgument) -> None:
    """List the lines of an issue's digest that no field took, and why; they block its approval."""
    with one_transaction() as (_, session):
        rows = unplacing.unplaced_of(session, issue)
    if not rows:
        note("None: every line has found its place.")
        return
    made = table("Id", "Line", "Text", "Why", "In the story", right=("Id", "Line"))
    for row in rows:
        text = cut(row.text.strip(), _SHOWN)
        made.add_row(str(row.id), str(row.line), text, row.reason, row.after or "–")
    show_table(made)
    note(f"Drop them with devoured drop-line {issue}, or place them with place-line {issue}.")


@app.command(
    "drop-line",
    rich_help_panel=_PANEL,
    epilog=examples("devoured drop-line 3 9", "devoured drop-line 3 --all"),
)
def drop_line(
    issue: IssueArgument,
    line: Annotated[
        int | None, typer.Argument(metavar="ID", min=1, help="As unplaced lists it.")
    ] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    if_version: VersionOption = None,
) -> None:
    """Drop a line that no field took, or all of them."""
    if (line is None) is not everything:
        raise BadInput("Say the id of one line, or --all.")
    with one_transaction() as (container, session):
        now, expected = container.clock(), expect(if_version)
        n = unplacing.drop_unplaced(session, CLI, issue, line, now, expected)
    say(f"{counted(n, 'line')} dropped.")


@app.command(
    "place-line",
    rich_help_panel=_PANEL,
    epilog=examples("devoured place-line 3 9 takeaway --story 41", "devoured place-line 3 9 title"),
)
def place_line(
    issue: IssueArgument,
    line: Annotated[int, typer.Argument(metavar="ID", min=1, help="As unplaced lists it.")],
    field: Annotated[
        PlaceField, typer.Argument(help="What takes it, at its end; title begins a story.")
    ],
    *,
    story: Annotated[
        int | None, typer.Option(metavar="STORY", min=1, help="The story's number.")
    ] = None,
    if_version: VersionOption = None,
) -> None:
    """Place a line that no field took: at the end of a story's field, or as a story's title."""
    with one_transaction() as (container, session):
        now, expected = container.clock(), expect(if_version)
        row = unplacing.place_unplaced(session, CLI, issue, line, field, story, now, expected)
        said = f"Story {row.id}, “{row.title}”, has it."
    say(said)
