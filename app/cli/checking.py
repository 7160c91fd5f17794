"""`devoured check`: what there is to mend before an issue is sent."""

import json
from typing import Annotated

import typer

from app.cli.failures import Failed
from app.cli.house import one_transaction
from app.cli.output import counted, examples, note, say
from app.issues.approval import told
from app.issues.checks.check import Checked
from app.issues.checks.check import check as check_issue
from app.issues.checks.finding import Finding
from app.issues.checks.gather import Looks

app = typer.Typer()


@app.command(
    rich_help_panel="An issue",
    epilog=examples("devoured check 3", "devoured check 3 --json"),
)
def check(
    issue: Annotated[
        int, typer.Argument(metavar="ISSUE", help="The issue's number.", show_default=False)
    ],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Say what blocks an issue's approval and what is worth a look; exits 1 if anything blocks."""
    with one_transaction() as (container, session):
        looks = Looks(container.templates, container.settings.base_url)
        checked = check_issue(session, issue, looks, container.clock())
    if as_json:
        say(json.dumps([told(one) for one in checked.findings], indent=2, ensure_ascii=False))
    else:
        _show(checked)
    if checked.blocking:
        raise Failed(f"{_counted(checked)} the approval of issue {issue}.")


def place_of(finding: Finding) -> str:
    """Where a finding is, for a person: `story 3, what`, `category ai, accent`, `subject`."""
    place = finding.place
    owner = ""
    if place.position is not None:
        owner = f"story {place.position}"
    elif place.category:
        owner = f"category {place.category}"
    elif place.of_publication:
        owner = "publication"
    return ", ".join(part for part in (owner, place.field) if part) or "issue"


def _show(checked: Checked) -> None:
    for finding in checked.findings:
        said = "blocks" if finding.blocks else "warns "
        say(f"{said}  {finding.id}  {place_of(finding)}: {finding.detail}")
        say(f"        {finding.mend}")
    if not checked.blocking:
        n_warnings = len(checked.findings)
        warned = f" {counted(n_warnings, 'warning')}." if n_warnings else ""
        note(f"Nothing blocks issue {checked.issue.id}.{warned}")


def _counted(checked: Checked) -> str:
    n = len(checked.blocking)
    return f"{counted(n, 'finding')} {'blocks' if n == 1 else 'block'}"
