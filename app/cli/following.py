"""`devoured progress`: how far an issue is, once or until it is sent."""

import time
from typing import Annotated, Final

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app.cli.failures import FAILED
from app.cli.house import open_house
from app.cli.output import console, counted, examples, note, say
from app.cli.steps import IssueArgument
from app.container import Container
from app.db.session import transaction
from app.delivery import progress as counting
from app.issues.lifecycle import get_issue
from app.models import Issue
from app.words import IssueState

app = typer.Typer()

_LOOK_SECONDS: Final = 0.5
_MOVING: Final = frozenset({IssueState.APPROVED, IssueState.SCHEDULED, IssueState.SENDING})


@app.command(
    rich_help_panel="An issue's life",
    epilog=examples("devoured progress 3 --follow"),
)
def progress(
    issue: IssueArgument,
    *,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Stay until it is sent, paused or cancelled.")
    ] = False,
) -> None:
    """Show how far an issue is.

    With --follow the exit code is 1 unless the issue was sent.
    """
    with open_house() as container:
        row, counts = _follow(container, issue) if follow else _look(container, issue)
    _tell(row, counts)
    if follow and row.state != IssueState.SENT:
        raise typer.Exit(FAILED)


def bar(*, err: bool) -> Progress:
    """A progress bar that counts readers."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("readers"),
        TimeElapsedColumn(),
        console=console(err=err),
    )


def _look(container: Container, issue: int) -> tuple[Issue, counting.Progress]:
    with transaction(container.sessions) as session:
        row = get_issue(session, issue)
        return row, counting.progress_of(session, row)


def _follow(container: Container, issue: int) -> tuple[Issue, counting.Progress]:
    with bar(err=True) as shown:
        task = shown.add_task(f"Issue {issue}", total=None)
        while True:
            row, counts = _look(container, issue)
            done = sum(counts.settled.values())
            total = counts.n_due if row.launched_at else None
            shown.update(
                task, total=total, completed=done, description=f"Issue {issue} {row.state}"
            )
            if row.state not in _MOVING:
                return row, counts
            time.sleep(_LOOK_SECONDS)


def _tell(issue: Issue, counts: counting.Progress) -> None:
    say(f"Issue {issue.id} is {issue.state}." + _why(issue))
    if issue.launched_at is None:
        return
    parts = [f"{state} {n:,}" for state, n in counts.settled.items()]
    parts += [
        f"{word} {n:,}" for word, n in (("queued", counts.queued), ("sending", counts.sending)) if n
    ]
    say(f"{counted(counts.n_due, 'reader')}: {', '.join(parts) or 'nobody is due'}.")
    say(f"{counts.n_editions_rendered} of {counted(counts.n_editions, 'edition')} rendered.")
    if counts.n_nothing_to_read:
        n_others = counted(counts.n_nothing_to_read, "reader follows", "readers follow")
        note(f"{n_others} nothing in it.")


def _why(issue: Issue) -> str:
    return f" {issue.paused_because}" if issue.paused_because else ""
