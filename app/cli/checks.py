"""`devoured check`, `waive`, `waivers`, `cuts`, `subjects`: an issue looked at before it goes."""

import json
from typing import Annotated

import typer

from app.actors import CLI
from app.cli.command import IssueArgument, VersionOption, expect, one_transaction, open_container
from app.cli.failures import Failed
from app.cli.output import counted, examples, instant, note, say, show_table
from app.cli.previews import TRIMMED, quoted
from app.container import Container
from app.db.session import transaction
from app.enums import Depth
from app.issues.approval import findings_to_dicts
from app.issues.checks import waivers as waiving
from app.issues.checks.check import Checked
from app.issues.checks.check import check as check_issue
from app.issues.checks.finding import Finding
from app.issues.cuts import Measured, cuts_of, lines_of_cuts, measure
from app.issues.lifecycle import get_issue
from app.issues.links.look import LinkNetwork
from app.issues.links.step import check_links
from app.publication.categories import all_categories, slugs_in, slugs_of

app = typer.Typer()


@app.command(
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
            checked = check_issue(session, issue, container.check_settings, container.clock())
    if as_json:
        say(json.dumps(findings_to_dicts(checked), indent=2, ensure_ascii=False))
    else:
        _show(checked)
    if checked.blocking:
        raise Failed(f"{_counted(checked)} the approval of issue {issue}.")


@app.command(
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
    if_version: VersionOption = None,
) -> None:
    """Waive a warning: it is meant so, until the text that it is about changes."""
    with one_transaction() as (session, now, container):
        if back:
            waiving.take_back(session, CLI, issue, finding, now, expect(if_version))
            message = "The finding is open again."
        else:
            row = waiving.waive(
                session,
                CLI,
                issue,
                finding,
                container.check_settings,
                now,
                expect(if_version),
                by=by,
                because=because,
            )
            message = f"Waived by {row.waived_by} at {instant(row.waived_at)}: {row.detail}"
    say(message)


@app.command()
def waivers(issue: IssueArgument) -> None:
    """List an issue's waivers, also those whose text has changed since."""
    with one_transaction() as (session, *_):
        rows = waiving.waivers_of(session, issue)
    show_table(
        ("Finding", "By", "At", "Revision", "What", "Because"),
        [
            (row.finding_id, row.waived_by, row.waived_at, row.revision, row.detail, row.because)
            for row in rows
        ],
        right=("Revision",),
        none="None.",
    )


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
    n = check_links(container.sessions, LinkNetwork(), base_url, container.clock, issue)
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


@app.command(epilog=examples("devoured cuts 3", "devoured cuts 3 --shortened"))
def cuts(
    issue: IssueArgument,
    *,
    shortened: Annotated[
        bool, typer.Option("--shortened", help="Only those that are too long for a mail.")
    ] = False,
) -> None:
    """List an issue's cuts: who reads which mail, how large it is, and what it gave up.

    Before launch it is who would get one now. Those with most readers come first.
    """
    with one_transaction() as (session, now, container):
        row = get_issue(session, issue)
        found = cuts_of(session, row, now)
        base_url = container.settings.base_url
        measured = measure(session, row, found, container.templates, base_url)
        categories = all_categories(session)
    sized = [(one, ", ".join(slugs_in(categories, one.follows))) for one in measured]
    n_shortened = sum(bool(one.trimmed) for one in measured)
    if shortened:
        sized = [(one, slugs) for one, slugs in sized if one.trimmed]
    if sized:
        _show_cuts(sized)
    n_readers = sum(cut.n_readers for cut in found)
    note(
        f"{counted(len(found), 'cut')}, {counted(n_readers, 'reader')};"
        f" {n_shortened:,} shortened to fit a mail."
    )


def _show_cuts(sized: list[tuple[Measured, str]]) -> None:
    show_table(
        ("Readers", "Categories", "Depth", "KB", ""),
        [
            (
                *(f"{one.n_readers:,}", slugs, one.depth),
                None if one.n_bytes is None else f"{one.n_bytes / 1000:.0f}",
                "shortened" if one.trimmed else one.error or "",
            )
            for one, slugs in sized
        ],
        right=("Readers", "KB"),
    )
    for one, slugs in sized:
        for step in one.trimmed:
            say(f"{slugs} ({one.depth}): {TRIMMED[step.what]} {quoted(step.titles)}.")


@app.command()
def subjects(issue: IssueArgument) -> None:
    """Show subject and preheader of every cut that somebody reads."""
    with one_transaction() as (session, now, container):
        base_url = container.settings.base_url
        lines = lines_of_cuts(session, issue, container.templates, base_url, now)
        rows = [
            (
                *(", ".join(slugs_of(session, one.follows)), one.depth),
                *(f"{one.n_readers:,}", one.subject, one.preheader),
            )
            for one in lines
        ]
    show_table(
        ("Categories", "Depth", "Readers", "Subject", "Preheader"),
        rows,
        right=("Readers",),
        none="The issue has no story in any category yet.",
    )
