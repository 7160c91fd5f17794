"""`devoured deliveries`, `reader-issue` and `resend`: who got an issue, who did not and why."""

import sys
from typing import Annotated, Final

import typer

from app.actors import CLI
from app.cli.containers import one_transaction, open_container
from app.cli.output import examples, instant, note, say, show_table, table
from app.cli.own_data import ReaderArgument, found_reader
from app.cli.transitions import IssueArgument
from app.container import Container
from app.db.session import transaction
from app.delivery.deliveries import Wanted, list_deliveries
from app.delivery.reader_issue import ReaderIssue, reader_issue
from app.delivery.receptions import ListedState
from app.delivery.resend import list_resends
from app.delivery.resend import resend as resend_issue
from app.issues.lifecycle import get_issue
from app.models import Resend
from app.readers.delivery_export import delivery_heading, delivery_page

app = typer.Typer()

_PANEL: Final = "An issue's life"


@app.command(
    rich_help_panel=_PANEL,
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
    after: Annotated[
        int, typer.Option(min=0, metavar="NUMBER", help="Only subscribers beyond this number.")
    ] = 0,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 100,
    csv: Annotated[bool, typer.Option("--csv", help="All of them, as CSV.")] = False,
) -> None:
    """List an issue's readers, and what became of each: who waits, has it, or got nothing."""
    with open_container() as container:
        with transaction(container.sessions) as session:
            row = get_issue(session, issue)
            found = None if reader is None else found_reader(session, reader).id
            wanted = Wanted(state, edition, found)
            if not csv:
                rows = list_deliveries(session, row, wanted, after=after, limit=limit + 1)
        if csv:
            _write(container, issue, wanted)
            return
    if not rows:
        note("Nobody.")
        return
    made = table(
        "Subscriber", "Address", "State", "Edition", "Try", "Since", "Why", right=("Subscriber",)
    )
    for one in rows[:limit]:
        made.add_row(
            str(one.subscriber_id),
            one.address or "–",
            one.state.value,
            str(one.edition_id),
            str(one.attempt),
            instant(one.event_at or one.at),
            one.reason or "–",
        )
    show_table(made)
    if len(rows) > limit:
        note(f"There are more: --after {rows[limit - 1].subscriber_id}")


@app.command(
    "reader-issue",
    rich_help_panel=_PANEL,
    epilog=examples("devoured reader-issue 3 ada@example.com"),
)
def show_reader_issue(issue: IssueArgument, reader: ReaderArgument) -> None:
    """Say what a reader got of an issue, or will get, or why not."""
    with one_transaction() as (container, session):
        row, who = get_issue(session, issue), found_reader(session, reader)
        found = reader_issue(session, row, who, container.clock())
        asked = list_resends(session, issue, who.id)
    _tell(found)
    for one in asked:
        _tell_resend(one)


@app.command(
    rich_help_panel=_PANEL,
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
    with one_transaction() as (container, session):
        now, who = container.clock(), found_reader(session, reader)
        resend_issue(session, CLI, issue, who.id, now, again=again)
        session.flush()
        found = reader_issue(session, get_issue(session, issue), who, now)
    _tell(found)


def _write(container: Container, issue: int, wanted: Wanted) -> None:
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
