"""`devoured doubts` and `decide`: readers of whom nobody knows whether they got an issue."""

from enum import StrEnum
from typing import Annotated, Final

import typer

from app.actors import CLI
from app.cli.containers import one_transaction
from app.cli.output import counted, examples, instant, note, say, show_table, table
from app.cli.transitions import IssueArgument
from app.delivery.doubt import Decision
from app.issues.doubts import decide_doubts, doubts_of

app = typer.Typer()

_PANEL: Final = "An issue's life"


class Choice(StrEnum):
    """A Decision, spelt as commands are."""

    RESEND = "resend"
    SENT = "sent"
    GIVE_UP = "give-up"


_BECAME: Final = {
    Choice.RESEND: "queued again",
    Choice.SENT: "settled as sent",
    Choice.GIVE_UP: "given up",
}


@app.command(rich_help_panel=_PANEL)
def doubts(
    issue: IssueArgument,
    *,
    after: Annotated[
        int, typer.Option(min=0, metavar="NUMBER", help="Only subscribers beyond this number.")
    ] = 0,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 100,
) -> None:
    """List an issue's readers in doubt: a call to them was lost, and no event told of it."""
    with one_transaction() as (_, session):
        rows = doubts_of(session, issue, after=after, limit=limit + 1)
    if not rows:
        note("Nobody is in doubt.")
        return
    made = table("Subscriber", "Edition", "Try", "Since", "Why", right=("Subscriber", "Try"))
    for row in rows[:limit]:
        numbers = (str(row.subscriber_id), str(row.edition_id), str(row.attempt))
        made.add_row(*numbers, instant(row.at), row.reason or "–")
    show_table(made)
    if len(rows) > limit:
        note(f"There are more: --after {rows[limit - 1].subscriber_id}")


@app.command(
    rich_help_panel=_PANEL,
    epilog=examples(
        "devoured decide 3 resend", "devoured decide 3 sent --subscriber 17 --subscriber 23"
    ),
)
def decide(
    issue: IssueArgument,
    choice: Annotated[
        Choice,
        typer.Argument(metavar="resend|sent|give-up", help="What becomes of them."),
    ],
    *,
    subscriber: Annotated[
        list[int] | None,
        typer.Option(min=1, metavar="NUMBER", help="Only this one; may be said again. All unless."),
    ] = None,
) -> None:
    """Say what becomes of readers in doubt.

    resend writes to them once more, sent says that they have it, give-up lets it be.
    """
    decision = Decision(choice.value.replace("-", "_"))
    with one_transaction() as (container, session):
        n_readers = decide_doubts(
            session, issue, decision, container.clock(), subscriber or None, CLI
        )
    say(f"{counted(n_readers, 'reader')} {_BECAME[choice]}.")
