"""`devoured check`, `waive` and `waivers`: what there is to mend before an issue is sent."""

import json
from typing import Annotated

import typer

from app.actors import CLI
from app.cli.containers import one_transaction, open_container
from app.cli.failures import Failed
from app.cli.output import counted, examples, instant, note, say, show_table, table
from app.container import Container
from app.db.session import transaction
from app.enums import Depth
from app.issues.approval import told
from app.issues.checks import waivers as waiving
from app.issues.checks.check import Checked
from app.issues.checks.check import check as check_issue
from app.issues.checks.finding import Finding
from app.issues.lifecycle import get_issue
from app.issues.links.look import Reach
from app.issues.links.step import check_links

app = typer.Typer()

IssueArgument = Annotated[
    int, typer.Argument(metavar="ISSUE", help="The issue's number.", show_default=False)
]
_PANEL = "An issue"


@app.command(
    rich_help_panel=_PANEL,
    epilog=examples("devoured check 3", "devoured check 3 --links", "devoured check 3 --json"),
)
def check(
    issue: IssueArgument,
    *,
    links: Annotated[
        bool, typer.Option("--links", help="Look at its links first, now and from here.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Say what blocks an issue's approval and what is worth a look; exits 1 if anything blocks."""
    with open_container() as container:
        if links:
            _look(container, issue)
        with transaction(container.sessions) as session:
            checked = check_issue(session, issue, container.looks, container.clock())
    if as_json:
        say(json.dumps(told(checked), indent=2, ensure_ascii=False))
    else:
        _show(checked)
    if checked.blocking:
        raise Failed(f"{_counted(checked)} the approval of issue {issue}.")


@app.command(
    rich_help_panel=_PANEL,
    epilog=examples('devoured waive 3 5b1e0c7a94d2f386 --because "version 2 is out"'),
)
def waive(
    issue: IssueArgument,
    finding: Annotated[
        str, typer.Argument(metavar="FINDING", help="As check prints it.", show_default=False)
    ],
    *,
    because: Annotated[str, typer.Option(help="Why, for your colleagues.")] = "",
    by: Annotated[str, typer.Option(help="Who you are.")] = "command line",
    back: Annotated[bool, typer.Option("--back", help="Take a waiver back.")] = False,
) -> None:
    """Waive a warning: it is meant so, until the text that it is about changes."""
    with one_transaction() as (container, session):
        if back:
            waiving.take_back(session, issue, finding, container.clock(), CLI)
            said = "The finding is open again."
        else:
            now = container.clock()
            row = waiving.waive(
                session, issue, finding, container.looks, now, by=by, because=because, actor=CLI
            )
            said = f"Waived by {row.waived_by} at {instant(row.waived_at)}: {row.detail}"
    say(said)


@app.command(rich_help_panel=_PANEL)
def waivers(issue: IssueArgument) -> None:
    """List an issue's waivers, also those whose text has changed since."""
    with one_transaction() as (_, session):
        rows = waiving.waivers_of(session, issue)
    if not rows:
        note("None.")
        return
    made = table("Finding", "By", "At", "Revision", "What", "Because", right=("Revision",))
    for row in rows:
        made.add_row(
            *(row.finding_id, row.waived_by, instant(row.waived_at), str(row.revision)),
            *(row.detail, row.because),
        )
    show_table(made)


def place_of(finding: Finding) -> str:
    """Say for a person where a finding is: `story 3, what`, `category ai, accent`, `subject`."""
    place = finding.place
    owner = ""
    if place.position is not None:
        owner = f"story {place.position}"
    elif place.category:
        owner = f"category {place.category}"
    elif place.of_publication:
        owner = "publication"
    field = f"depth {place.field}" if place.field in set(Depth) else place.field
    return ", ".join(part for part in (owner, field) if part) or "issue"


def _look(container: Container, issue: int) -> None:
    with transaction(container.sessions) as session:
        get_issue(session, issue)
    if not container.settings.check_links:
        raise Failed("looking at links is switched off: DEVOURED_CHECK_LINKS.")
    base_url = container.settings.base_url
    n = check_links(container.sessions, Reach(), base_url, container.clock, issue)
    note(f"{counted(n, 'link')} looked at.")


def _show(checked: Checked) -> None:
    for finding in checked.findings:
        waiver = checked.waivers.get(finding.id)
        word = "blocks" if finding.blocks else "waived" if waiver else "warns "
        say(f"{word}  {finding.id}  {place_of(finding)}: {finding.detail}")
        say(f"        Waived by {waiver.waived_by}." if waiver else f"        {finding.mend}")
    if not checked.blocking:
        n_warnings = len(checked.open_warnings)
        warned = f" {counted(n_warnings, 'warning')}." if n_warnings else ""
        note(f"Nothing blocks issue {checked.issue.id}.{warned}")


def _counted(checked: Checked) -> str:
    n = len(checked.blocking)
    return f"{counted(n, 'finding')} {'blocks' if n == 1 else 'block'}"
