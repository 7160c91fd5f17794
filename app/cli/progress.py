"""`devoured progress` and `clicks`: how far an issue is, and how often its links were followed."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app.cli.command import IssueArgument, one_transaction, open_container
from app.cli.failures import FAILED
from app.cli.output import console, counted, examples, note, say, show_table
from app.container import Container
from app.db.session import transaction
from app.delivery import progress as counting
from app.delivery.deferrals import WHY_PUT_OFF, PutOff, put_off_of
from app.delivery.progress import rate_of, seconds_left
from app.delivery.receptions import WhyNot
from app.delivery.standstill import Standstill, standstill_of
from app.enums import IssueState, LinkKind
from app.issues.clicks import Clicked, clicks_of
from app.issues.lifecycle import get_issue
from app.models import Issue

app = typer.Typer()


_LOOK_SECONDS: Final = 0.5
_A_MINUTE: Final = 60
_MOVING: Final = frozenset({IssueState.APPROVED, IssueState.SCHEDULED, IssueState.SENDING})
_COLUMNS: Final = ("Link", "People", "Readers", "Machines")
_WHAT: Final = {
    LinkKind.READING: "reading page",
    LinkKind.ISSUE: "all stories",
    LinkKind.SPONSOR: "sponsor",
}


@app.command(epilog=examples("devoured progress 3 --follow"))
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
    with open_container() as container:
        seen = _follow(container, issue) if follow else _look(container, issue)
    _tell(seen)
    if follow and seen.issue.state != IssueState.SENT:
        raise typer.Exit(FAILED)


@dataclass(frozen=True)
class Snapshot:
    """An issue at one moment: its counts, and how many readers a second it goes out to."""

    issue: Issue
    counts: counting.Progress
    rate: float
    standstill: Standstill | None
    put_off: Sequence[PutOff]

    @property
    def pace(self) -> str:
        """Return the pace as `12.5 a second, 40 s left`; empty while it does not go out."""
        left = None if self.standstill else seconds_left(self.counts, self.rate)
        return "" if left is None else f"{self.rate:,.1f} a second, {_span(left)} left"


def _bar() -> Progress:
    """Return a progress bar that counts readers."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("readers"),
        TextColumn("{task.fields[pace]}"),
        TimeElapsedColumn(),
        console=console(err=True),
    )


def _look(container: Container, issue: int) -> Snapshot:
    with transaction(container.sessions) as session:
        row = get_issue(session, issue)
        counts = counting.progress_of(session, row)
        now = container.clock()
        standstill = standstill_of(session, row, now)
        rate, put_off = rate_of(session, row, now), put_off_of(session, issue)
        return Snapshot(row, counts, rate, standstill, put_off)


def _follow(container: Container, issue: int) -> Snapshot:
    with _bar() as bar:
        task = bar.add_task(f"Issue {issue}", total=None, pace="")
        while True:
            seen = _look(container, issue)
            bar.update(
                task,
                total=seen.counts.n_due if seen.issue.launched_at else None,
                completed=sum(seen.counts.settled.values()),
                description=f"Issue {issue} {seen.issue.state}",
                pace=seen.pace,
            )
            if seen.issue.state not in _MOVING:
                return seen
            time.sleep(_LOOK_SECONDS)


def _tell(seen: Snapshot) -> None:
    issue, counts = seen.issue, seen.counts
    because = why_so(issue, seen.standstill)
    say(f"Issue {issue.id} is {issue.state}." + (f" {because}" if because else ""))
    if seen.standstill is not None:
        note(seen.standstill.mend)
    if issue.launched_at is None:
        return
    parts = [f"{state} {n:,}" for state, n in counts.settled.items()]
    rest = {"queued": counts.queued, "sending": counts.sending, "cancelled": counts.cancelled}
    parts += [f"{word} {n:,}" for word, n in rest.items() if n]
    say(f"{counted(counts.n_due, 'reader')}: {', '.join(parts) or 'nobody is due'}.")
    if seen.pace:
        say(f"{seen.pace}.")
    for one in seen.put_off:
        say(_put_off(one))
    say(f"{counts.n_editions_rendered} of {counted(counts.n_editions, 'edition')} rendered.")
    if counts.n_nothing_to_read:
        n_others = counted(counts.n_nothing_to_read, "reader follows", "readers follow")
        note(f"{n_others} nothing in it.")


def _put_off(one: PutOff) -> str:
    """Return what one provider put off, as a sentence."""
    of_whom = f"{one.provider or 'Other providers'} put off {counted(one.n, 'mail')}"
    return (
        f"{of_whom} {WHY_PUT_OFF[one.cause]} ({one.reason}), of which {one.n_waiting:,} still wait."
    )


def _span(seconds: float) -> str:
    """Return a span of time as `40 s`, `3 min` or `2 h 5 min`."""
    if seconds < _A_MINUTE:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / _A_MINUTE), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def why_so(issue: Issue, standstill: Standstill | None) -> str | None:
    """Return why an issue is where it is; None where nothing is to be said."""
    if standstill is not None and standstill.reason.why is not WhyNot.ISSUE_PAUSED:
        return standstill.reason.words
    return issue.paused_because or issue.reopened_because


@app.command(epilog=examples("devoured clicks 3"))
def clicks(issue: IssueArgument) -> None:
    """Show how often the links of an issue's mails were followed, machines apart."""
    with one_transaction() as (session, *_):
        get_issue(session, issue)
        found = clicks_of(session, issue)
    if found.opens is not None:
        opens = counted(found.opens.n_human, "time")
        say(f"Opened {opens} by people, {found.opens.n_machine:,} by machines.")
    rows = [
        (
            _name(one),
            *(f"{n:,}" for n in (one.link.n_human, one.link.n_readers, one.link.n_machine)),
        )
        for one in found.links
    ]
    show_table(_COLUMNS, rows, right=_COLUMNS[1:], none="No link of it is tracked.")


def _name(one: Clicked) -> str:
    what = one.link.url if one.link.kind is LinkKind.WITHIN else _WHAT.get(one.link.kind, "")
    return ": ".join(part for part in (one.title, what) if part) or one.link.url
