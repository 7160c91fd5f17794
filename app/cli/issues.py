"""`devoured issues`, `approve`, `schedule` and the other steps of an issue's life."""

import re
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from app.actors import CLI
from app.cli.checks import place_of
from app.cli.command import IssueArgument, VersionOption, expect, one_transaction, read_instant
from app.cli.failures import BadInput
from app.cli.output import counted, examples, instant, note, say, show_table
from app.cli.progress import why_so
from app.delivery.standstill import standstills
from app.enums import InDoubtPolicy, IssueState
from app.issues import lifecycle, taking_down
from app.issues.approval import approve_checked, schedule_approved
from app.issues.listing import list_issues
from app.issues.options import CANARY_PERCENT, last_hour_at
from app.issues.plan_hash import HASH_PATTERN
from app.issues.stories import stories_of
from app.models import Issue
from app.publication.categories import all_categories

app = typer.Typer()

StoryOption = Annotated[
    int | None, typer.Option("--story", metavar="STORY", help="One of its stories alone.")
]


@app.command()
def issues(
    *,
    state: Annotated[
        IssueState | None, typer.Option(help="Only those in this state.", show_default=False)
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 20,
) -> None:
    """List the issues, the newest day first."""
    with one_transaction() as (session, now, _):
        found = list_issues(session, before=None, limit=limit, state=state)
        standstill_for = standstills(session, now)
        rows = [(one, stories_in(session, one), standstill_for(one)) for one in found]
    show_table(
        ("Issue", "Version", "Day", "State", "What", "Sends at", "Readers"),
        [
            (
                *(one.id, one.version, one.issued_on),
                ": ".join(filter(None, (one.state, why_so(one, still)))),
                *(what, one.send_at, None if one.n_due is None else f"{one.n_due:,}"),
            )
            for one, what, still in rows
        ],
        right=("Issue", "Version", "Readers"),
        none="None." if state else "There is no issue yet: devoured load FILE makes one.",
    )
    for mend in dict.fromkeys(still.mend for _, _, still in rows if still is not None):
        note(mend)


@app.command(epilog=examples("devoured approve 3", "devoured approve 3 --plan 5b1e0c7a…"))
def approve(
    issue: IssueArgument,
    *,
    plan: Annotated[
        str | None,
        typer.Option(
            metavar="HASH", help="Only if its plan is still this one, as devoured plan shows it."
        ),
    ] = None,
    if_version: VersionOption = None,
) -> None:
    """Approve a draft: it may go out by itself on its day.

    Nothing that the checks find may block it; what they only warn of is shown.
    """
    if plan is not None and not re.fullmatch(HASH_PATTERN, plan):
        raise BadInput(f"That is no hash of a plan. See devoured plan {issue}.")
    with one_transaction() as (session, now, container):
        checked = approve_checked(
            *(session, CLI, issue, container.check_settings, now, expect(if_version)), plan=plan
        )
    for finding in checked.open_warnings:
        note(f"{place_of(finding)}: {finding.detail} {finding.mend}")
    _tell(checked.issue)


@app.command()
def reopen(issue: IssueArgument, *, if_version: VersionOption = None) -> None:
    """Make an approved or scheduled issue a draft again, to edit it."""
    with one_transaction() as (session, now, _):
        row = lifecycle.reopen(session, CLI, issue, now, expected=expect(if_version))
    _tell(row)


@app.command(
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
        typer.Option(
            min=CANARY_PERCENT[0],
            max=CANARY_PERCENT[1],
            metavar="PERCENT",
            help="So many go first and are judged.",
        ),
    ] = None,
    in_doubt: Annotated[
        InDoubtPolicy | None, typer.Option(help="What becomes of readers in doubt.")
    ] = None,
    if_version: VersionOption = None,
) -> None:
    """Give an approved issue its time, and say how it goes out; what is not given stays."""
    with one_transaction() as (session, now, container):
        given = {
            "at_local_hours": at_local_hours,
            "canary_percent": canary,
            "in_doubt_policy": in_doubt,
        }
        row = schedule_approved(
            session,
            CLI,
            issue,
            container.check_settings,
            now,
            send_at=read_instant(session, at, now),
            send_not_after=read_instant(session, not_after, now),
            options={name: one for name, one in given.items() if one is not None},
            expected=expect(if_version),
        )
    say(f"Issue {row.id} is {row.state} and goes out at {instant(row.send_at)}.")
    if last := last_hour_at(row):
        say(f"Readers who chose an hour get it at that hour, the last by {instant(last)}.")


@app.command()
def pause(
    issue: IssueArgument,
    *,
    because: Annotated[str, typer.Option(help="Why, for your colleagues.")] = "paused by an editor",
    if_version: VersionOption = None,
) -> None:
    """Stop an issue that is being sent, within a moment; resume goes on."""
    with one_transaction() as (session, now, _):
        row = lifecycle.pause(session, CLI, issue, now, because, expect(if_version))
    _tell(row)


@app.command()
def resume(issue: IssueArgument, *, if_version: VersionOption = None) -> None:
    """Go on with a paused issue; nobody gets it twice."""
    with one_transaction() as (session, now, _):
        row = lifecycle.resume(session, CLI, issue, now, expect(if_version))
    _tell(row)


@app.command()
def cancel(issue: IssueArgument, *, if_version: VersionOption = None) -> None:
    """Stop an issue for good."""
    with one_transaction() as (session, now, _):
        row = lifecycle.cancel(session, CLI, issue, now, expect(if_version))
    _tell(row)


def stories_in(session: Session, issue: Issue) -> str:
    """Return the stories in words: `22 stories (AI 19, DevOps 3)`."""
    ids = [story.category_id for story in stories_of(session, issue.id)]
    names = [(category.id, category.name) for category in all_categories(session)]
    counts = [(name, ids.count(number)) for number, name in [*names, (None, "none yet")]]
    inside = ", ".join(f"{name} {n}" for name, n in counts if n)
    return counted(len(ids), "story", "stories") + (f" ({inside})" if inside else "")


def _tell(issue: Issue) -> None:
    possible = ", ".join(lifecycle.possible_steps(issue.state))
    say(f"Issue {issue.id} is {issue.state}." + (f" Possible now: {possible}." if possible else ""))


@app.command(
    epilog=examples(
        "devoured take-down 3", 'devoured take-down 3 --story 41 --note "We had it wrong."'
    ),
)
def take_down(
    issue: IssueArgument,
    *,
    story: StoryOption = None,
    note: Annotated[
        str | None, typer.Option(help="What readers find there, dated. Nothing unless given.")
    ] = None,
    if_version: VersionOption = None,
) -> None:
    """Take an issue, or one story, off every page, feed, sitemap and search at once.

    Mails that were sent keep it.
    """
    line = None if note is None else " ".join(note.split())
    with one_transaction() as (session, now, _):
        if story is None:
            taking_down.take_down_issue(session, CLI, issue, line, now, expect(if_version))
        else:
            taking_down.take_down_story(session, CLI, issue, story, line, now, expect(if_version))
    say(f"{_named(issue, story)} is off the web{', with a note' if line else ', without a trace'}.")


@app.command(epilog=examples("devoured put-back 3"))
def put_back(
    issue: IssueArgument, *, story: StoryOption = None, if_version: VersionOption = None
) -> None:
    """Show an issue, or one story, again that was taken down."""
    with one_transaction() as (session, now, _):
        if story is None:
            taking_down.put_back_issue(session, CLI, issue, now, expect(if_version))
        else:
            taking_down.put_back_story(session, CLI, issue, story, now, expect(if_version))
    say(f"{_named(issue, story)} is on the web as before.")


def _named(issue: int, story: int | None) -> str:
    return f"Issue {issue}" if story is None else f"Story {story} of issue {issue}"
