"""`devoured deliveries`, `reader-issue`, `resend`, `doubts` and `decide`: who got an issue."""

import sys
from enum import StrEnum
from typing import Annotated, Final

import typer

from app.actors import CLI
from app.cli.command import IssueArgument, VersionOption, expect, one_transaction, open_container
from app.cli.output import counted, examples, instant, note, say, show_table
from app.cli.readers import ReaderArgument, found_reader
from app.container import Container
from app.db.session import transaction
from app.delivery.deliveries import DeliveryFilter, list_deliveries
from app.delivery.doubt import Decision
from app.delivery.reader_issue import ReaderIssue, reader_issue
from app.delivery.receptions import ListedState
from app.delivery.resend import list_resends
from app.delivery.resend import resend as resend_issue
from app.issues.doubts import decide_doubts, doubts_of
from app.issues.lifecycle import get_issue
from app.models import Resend
from app.readers.export import delivery_heading, delivery_page

app = typer.Typer()

AfterOption = Annotated[
    int, typer.Option(min=0, metavar="NUMBER", help="Only subscribers beyond this number.")
]
LimitOption = Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")]


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


@app.command(
    epilog=examples(
        "devoured deliveries 3 --state bounced",
        "devoured deliveries 3 --reader ada@example.com",
        "devoured deliveries 3 --csv > deliveries.csv",
    ),
)
def deliveries(
    issue: IssueArgument,
    *,
    state: Annotated[ListedState | None, typer.Option(help="Only those in it.")] = None,
    edition: Annotated[
        int | None, typer.Option(min=1, metavar="NUMBER", help="Only those of this edition.")
    ] = None,
    reader: Annotated[
        str | None, typer.Option(metavar="READER", help="Only this one, by address or number.")
    ] = None,
    after: AfterOption = 0,
    limit: LimitOption = 100,
    csv: Annotated[bool, typer.Option("--csv", help="All of them, as CSV.")] = False,
) -> None:
    """List an issue's readers, and what became of each: who waits, has it, or got nothing."""
    with open_container() as container:
        with transaction(container.sessions) as session:
            row = get_issue(session, issue)
            found = None if reader is None else found_reader(session, reader).id
            wanted = DeliveryFilter(state, edition, found)
            if not csv:
                rows = list_deliveries(session, row, wanted, after=after, limit=limit + 1)
        if csv:
            _write(container, issue, wanted)
            return
    show_table(
        ("Subscriber", "Address", "State", "Edition", "Try", "Since", "Why"),
        [
            (
                *(one.subscriber_id, one.address or "–", one.state.value, one.edition_id),
                *(one.attempt, one.event_at or one.at, one.reason or "–"),
            )
            for one in rows[:limit]
        ],
        right=("Subscriber",),
        none="Nobody.",
    )
    _note_rest([one.subscriber_id for one in rows], limit)


@app.command("reader-issue", epilog=examples("devoured reader-issue 3 ada@example.com"))
def show_reader_issue(issue: IssueArgument, reader: ReaderArgument) -> None:
    """Say what a reader got of an issue, or will get, or why not."""
    with one_transaction() as (session, now, _):
        row, who = get_issue(session, issue), found_reader(session, reader)
        found = reader_issue(session, row, who, now)
        asked = list_resends(session, issue, who.id)
    _tell(found)
    for one in asked:
        _tell_resend(one)


@app.command(
    epilog=examples(
        "devoured resend 3 ada@example.com", "devoured resend 3 ada@example.com --again"
    ),
)
def resend(
    issue: IssueArgument,
    reader: ReaderArgument,
    *,
    again: Annotated[
        bool, typer.Option("--again", help="Also to who has it: they get it a second time.")
    ] = False,
) -> None:
    """Send an issue to one reader who got nothing of it; with --again to one who has it."""
    with one_transaction() as (session, now, _):
        who = found_reader(session, reader)
        resend_issue(session, CLI, issue, who.id, now, again=again)
        session.flush()
        found = reader_issue(session, get_issue(session, issue), who, now)
    _tell(found)


def _note_rest(subscribers: list[int], limit: int) -> None:
    """Say how to go on where there are more than were listed."""
    if len(subscribers) > limit:
        note(f"There are more: --after {subscribers[limit - 1]}")


def _write(container: Container, issue: int, wanted: DeliveryFilter) -> None:
    """Write all lines on standard output, a page in a transaction."""
    sys.stdout.write(delivery_heading())
    after = 0
    while True:
        with transaction(container.sessions) as session:
            page, after = delivery_page(session, get_issue(session, issue), wanted, after)
        if not page:
            return
        sys.stdout.write(page)


def _tell(found: ReaderIssue) -> None:
    say(f"{found.reception}: {found.words}")
    if found.mend:
        note(found.mend)


def _tell_resend(one: Resend) -> None:
    before = f"{one.state} until then" if one.state else "not among its readers until then"
    note(f"Resent on {instant(one.asked_at)}, asked by {one.asked_by}; {before}.")


@app.command()
def doubts(issue: IssueArgument, *, after: AfterOption = 0, limit: LimitOption = 100) -> None:
    """List an issue's readers in doubt: a call to them was lost, and no event told of it."""
    with one_transaction() as (session, *_):
        rows = doubts_of(session, issue, after=after, limit=limit + 1)
    show_table(
        ("Subscriber", "Edition", "Try", "Since", "Why"),
        [
            (row.subscriber_id, row.edition_id, row.attempt, row.at, row.reason or "–")
            for row in rows[:limit]
        ],
        right=("Subscriber", "Try"),
        none="Nobody is in doubt.",
    )
    _note_rest([row.subscriber_id for row in rows], limit)


@app.command(
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
    if_version: VersionOption = None,
) -> None:
    """Say what becomes of readers in doubt.

    resend writes to them once more, sent says that they have it, give-up lets it be.
    """
    decision = Decision(choice.value.replace("-", "_"))
    with one_transaction() as (session, now, _):
        n_readers = decide_doubts(
            session,
            CLI,
            issue,
            decision,
            now,
            expect(if_version),
            subscriber_ids=subscriber or None,
        )
    say(f"{counted(n_readers, 'reader')} {_BECAME[choice]}.")
