"""`devoured clicks`: how often the links of an issue's mails were followed."""

import typer

from app.cli.containers import one_transaction
from app.cli.output import counted, examples, note, say, show_table, table
from app.cli.transitions import IssueArgument
from app.enums import LinkKind
from app.issues.clicks import Clicked, clicks_of
from app.issues.lifecycle import get_issue

app = typer.Typer()

_COLUMNS = ("Link", "People", "Readers", "Machines")
_WHAT = {
    LinkKind.READING: "reading page",
    LinkKind.ISSUE: "all stories",
    LinkKind.SPONSOR: "sponsor",
}


@app.command(rich_help_panel="An issue's life", epilog=examples("devoured clicks 3"))
def clicks(issue: IssueArgument) -> None:
    """Show how often the links of an issue's mails were followed, machines apart."""
    with one_transaction() as (_, session):
        get_issue(session, issue)
        found = clicks_of(session, issue)
    if found.opens is not None:
        opens = counted(found.opens.n_human, "time")
        say(f"Opened {opens} by people, {found.opens.n_machine:,} by machines.")
    if not found.links:
        note("No link of it is tracked.")
        return
    shown = table(*_COLUMNS, right=_COLUMNS[1:])
    for one in found.links:
        counts = one.link.n_human, one.link.n_readers, one.link.n_machine
        shown.add_row(_name(one), *(f"{n:,}" for n in counts))
    show_table(shown)


def _name(one: Clicked) -> str:
    what = _WHAT.get(one.link.kind, "")
    return ": ".join(part for part in (one.title, what) if part) or one.link.url
