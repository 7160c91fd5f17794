"""`devoured approve`, `schedule` and the other steps of an issue's life."""

from datetime import UTC, date, datetime
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from app.actors import CLI
from app.cli.checking import place_of
from app.cli.containers import one_transaction
from app.cli.failures import BadInput
from app.cli.output import examples, instant, note, say
from app.enums import InDoubtPolicy
from app.issues import lifecycle
from app.issues.approval import approve_checked, schedule_approved
from app.issues.options import last_hour_at
from app.issues.versions import Expected
from app.models import Issue
from app.publication.lanes import FIRST_DAY, LAST_DAY, read_clock
from app.publication.publication import get_publication

app = typer.Typer()

IssueArgument = Annotated[
    int, typer.Argument(metavar="ISSUE", help="The issue's number.", show_default=False)
]
VersionOption = Annotated[
    int | None,
    typer.Option(
        "--if-version",
        metavar="N",
        min=1,
        help="Only if it is still at this version, as devoured issues shows it.",
        show_default=False,
    ),
]
_PANEL = "An issue's life"


@app.command(rich_help_panel=_PANEL)
def approve(issue: IssueArgument, *, if_version: VersionOption = None) -> None:
    """Approve a draft: it may go out by itself on its day.

    Nothing that the checks find may block it; what they only warn of is shown.
    """
    with one_transaction() as (container, session):
        now, expected = container.clock(), expect(if_version)
        checked = approve_checked(session, CLI, issue, container.looks, now, expected)
    for finding in checked.open_warnings:
        note(f"{place_of(finding)}: {finding.detail} {finding.mend}")
    _tell(checked.issue)


@app.command(rich_help_panel=_PANEL)
def reopen(issue: IssueArgument, *, if_version: VersionOption = None) -> None:
    """Make an approved or scheduled issue a draft again, to edit it."""
    with one_transaction() as (container, session):
        now, expected = container.clock(), expect(if_version)
        row = lifecycle.reopen(session, CLI, issue, now, expected=expected)
    _tell(row)


@app.command(
    rich_help_panel=_PANEL,
    epilog=examples(
        "devoured schedule 3",
        "devoured schedule 3 --at now",
        "devoured schedule 3 --at 2026-11-23T07:00+01:00",
        "devoured schedule 3 --canary 10",
    ),
)
def schedule(
    issue: IssueArgument,
    *,
    at: Annotated[
        str | None,
        typer.Option(
            metavar="INSTANT",
            help="now, or an instant; without an offset on the publication's clocks. The send time "
            "of its day unless given.",
        ),
    ] = None,
    not_after: Annotated[
        str | None, typer.Option(metavar="INSTANT", help="It never starts later than this.")
    ] = None,
    at_local_hours: Annotated[
        bool | None,
        typer.Option(
            "--at-local-hours/--at-once",
            help="Who chose an hour gets it when their clocks next show it (usual), or now.",
        ),
    ] = None,
    canary: Annotated[
        int | None,
        typer.Option(min=0, max=50, metavar="PERCENT", help="So many go first and are judged."),
    ] = None,
    in_doubt: Annotated[
        InDoubtPolicy | None, typer.Option(help="What becomes of readers in doubt.")
    ] = None,
    if_version: VersionOption = None,
) -> None:
    """Give an approved issue its time, and say how it goes out; what is not given stays."""
    with one_transaction() as (container, session):
        now = container.clock()
        given = {
            "at_local_hours": at_local_hours,
            "canary_percent": canary,
            "in_doubt_policy": in_doubt,
        }
        row = schedule_approved(
            session,
            CLI,
            issue,
            container.looks,
            now,
            send_at=read_instant(session, at, now),
            send_not_after=read_instant(session, not_after, now),
            options={name: one for name, one in given.items() if one is not None},
            expected=expect(if_version),
        )
    say(f"Issue {row.id} is {row.state} and goes out at {instant(row.send_at)}.")
    if last := last_hour_at(row):
        say(f"Readers who chose an hour get it at that hour, the last by {instant(last)}.")


@app.command(rich_help_panel=_PANEL)
def pause(
    issue: IssueArgument,
    *,
    because: Annotated[str, typer.Option(help="Why, for your colleagues.")] = "paused by an editor",
    if_version: VersionOption = None,
) -> None:
    """Stop an issue that is being sent, within a moment; resume goes on."""
    with one_transaction() as (container, session):
        now, expected = container.clock(), expect(if_version)
        row = lifecycle.pause(session, CLI, issue, now, because, expected)
    _tell(row)


@app.command(rich_help_panel=_PANEL)
def resume(issue: IssueArgument, *, if_version: VersionOption = None) -> None:
    """Go on with a paused issue; nobody gets it twice."""
    with one_transaction() as (container, session):
        row = lifecycle.resume(session, CLI, issue, container.clock(), expect(if_version))
    _tell(row)


@app.command(rich_help_panel=_PANEL)
def cancel(issue: IssueArgument, *, if_version: VersionOption = None) -> None:
    """Stop an issue for good."""
    with one_transaction() as (container, session):
        row = lifecycle.cancel(session, CLI, issue, container.clock(), expect(if_version))
    _tell(row)


def expect(if_version: int | None) -> Expected:
    """Return the versions that a command takes; None for any."""
    return None if if_version is None else (if_version,)


def _tell(issue: Issue) -> None:
    possible = ", ".join(lifecycle.possible_steps(issue.state))
    say(f"Issue {issue.id} is {issue.state}." + (f" Possible now: {possible}." if possible else ""))


def _is_day(text: str) -> bool:
    """Return whether a text is a day alone: its midnight, often gone by, would send at once."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def read_instant(session: Session, text: str | None, now: datetime) -> datetime | None:
    """Return the instant that a person typed, in UTC; `now` for the word.

    One without an offset is on the publication's clocks, which is said on standard error.

    Raises:
        BadInput: it is no instant, or a day alone.
        InvalidInput: the publication's clocks skip that time, or show it twice.
    """
    if text is None or text == "now":
        return now if text else None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"“{text}” is no instant; write it as 2026-11-23T07:00+01:00.") from None
    if _is_day(text):
        raise BadInput(f"“{text}” is a day; say an hour too, as {text}T07:00.")
    if not FIRST_DAY.year <= found.year <= LAST_DAY.year:
        raise BadInput(f"“{text}” is not of the years {FIRST_DAY.year} to {LAST_DAY.year}.")
    if found.tzinfo is not None:
        return found.astimezone(UTC)
    zone = get_publication(session).time_zone
    at = read_clock(zone, found)
    note(f"“{text}” is taken in {zone}, the publication's time zone: {instant(at)}.")
    return at
