"""`devoured account` and `restored`: whether this database may send."""

from datetime import datetime
from functools import partial
from typing import Annotated, Final

import typer
from redis import Redis
from sqlalchemy.orm import Session

from app.actors import CLI
from app.cli.command import one_transaction, open_container, read_instant
from app.cli.failures import BadInput
from app.cli.output import counted, examples, instant, note, say, show_table
from app.container import Container
from app.db.session import transaction
from app.delivery.account import account_pause, pause_account, resume_account
from app.delivery.epoch import (
    LOST,
    OLDER,
    EpochState,
    Known,
    Marks,
    epoch_state,
    known_epoch,
    read_marks_now,
    refuse_if_behind,
    standing,
)
from app.delivery.pace import Allowance, known_allowance
from app.events.queue import make_queue_client, poll_once
from app.recovery.restored import Report, restored

app = typer.Typer()
account = typer.Typer(no_args_is_help=False, invoke_without_command=True)
app.add_typer(
    account, name="account", help="Whether anybody is written to: show it, pause it, resume it."
)

_QUEUE_WAITS: Final = 2
"""Seconds after which a queue that brings nothing counts as empty."""

_STANDINGS: Final = {
    EpochState.OLDER: OLDER,
    EpochState.MISSING: LOST,
    EpochState.UNREACHABLE: "Nothing is sent while no place answers that keeps the send epoch.",
}


@account.callback()
def show(context: typer.Context) -> None:
    """Show whether the sending account is paused, why and until when, and what rate it keeps to.

    And whether the database knows of everything that was sent from it.
    """
    if context.invoked_subcommand is not None:
        return
    with open_container() as container:
        marks = read_marks_now(container.sessions, container.places)
        with transaction(container.sessions) as session:
            lines = [_describe(session, container.clock())]
            known = known_epoch(session)
        redis_url = container.settings.redis_url
        with Redis.from_url(redis_url, socket_timeout=1, socket_connect_timeout=1) as valkey:
            lines += _rate_lines(known_allowance(valkey))
    say("\n".join(lines))
    _tell_standing(known, marks)


@account.command(epilog=examples('devoured account pause --because "the domain is being moved"'))
def pause(
    *,
    because: Annotated[str, typer.Option(help="Why, for your colleagues.")] = "paused by hand",
    until: Annotated[
        str | None,
        typer.Option(metavar="INSTANT", help="Until you resume it unless given."),
    ] = None,
) -> None:
    """Write to nobody, of any issue; what is in flight finishes. The longer of two pauses holds."""
    with one_transaction() as (session, now, _):
        end = read_instant(session, until, now)
        if end is not None and end <= now:
            raise BadInput(f"“{until}” has passed already.")
        pause_account(session, CLI, because, now, end)
        session.flush()
        line = _describe(session, now)
    say(line)


@account.command()
def resume() -> None:
    """Let everything that waits go on; look at the reason first.

    Refused while the database is older than what was sent from it: devoured restored comes first.
    """
    with open_container() as container:
        marks = read_marks_now(container.sessions, container.places)
        with transaction(container.sessions, container.enqueue_now) as session:
            refuse_if_behind(session, marks)
            now = container.clock()
            resume_account(session, CLI, now)
            line = _describe(session, now)
    say(line)


def _tell_standing(known: Known, marks: Marks) -> None:
    """Say where the epoch is not kept; nothing while it is, everywhere."""
    found = standing(known, marks)
    if found is not EpochState.KEPT:
        note(_STANDINGS[found])
    for mark in marks.marks:
        one = epoch_state(known, mark)
        if one is not found and one is not EpochState.KEPT:
            note(f"The send epoch is {one} in the {mark.place}{_why(mark.error)}")


def _why(error: str | None) -> str:
    return f": {error}" if error else "."


def _describe(session: Session, now: datetime) -> str:
    found = account_pause(session, now)
    if found is None:
        return "The account sends."
    end = "until you resume it" if found.until is None else f"until {instant(found.until)}"
    return f"The account is paused {end}: {found.because}"


def _rate_lines(allowance: Allowance) -> list[str]:
    """Return what the workers keep to, as far as they have said so lately."""
    lines = []
    if allowance.rate is not None:
        left = "" if allowance.n_left is None else f"; {allowance.n_left:,} are left of the day"
        lines.append(f"The workers keep to {allowance.rate:,.10g} recipients a second{left}.")
    if allowance.unknown_because is not None:
        lines.append(
            f"The provider's quota is not known: {allowance.unknown_because}"
            " Until it is, DEVOURED_MAX_RATE is the rate, or 1 a second where that is not set."
        )
    return lines


@app.command(
    "restored",
    epilog=examples(
        "devoured restored",
        "devoured restored --queue https://sqs.eu-west-1.amazonaws.com/1/events-kept",
        "devoured restored --is-current",
    ),
)
def run(
    *,
    is_current: Annotated[
        bool,
        typer.Option("--is-current", help="It was never restored; only the send epoch was lost."),
    ] = False,
    anyway: Annotated[
        bool,
        typer.Option(
            "--anyway", help="Though nothing shows that it is older: a replica took over."
        ),
    ] = False,
    queue: Annotated[
        str | None,
        typer.Option(metavar="URL", help="A queue with a copy of the events, replayed first."),
    ] = None,
) -> None:
    """Bring a restored database up to date, before it sends anything again.

    Whatever may have been sent since the backup goes into doubt, the queue of events is replayed,
    and who left, was erased or suppressed stays so. Then it says what is left to decide; the
    account stays paused until you resume it. See docs/restore.md.
    """
    if is_current and anyway:
        raise BadInput("--is-current and --anyway say the opposite of each other.")
    with open_container() as container:
        settings = container.settings
        queues = [url for url in (queue, settings.events_queue_url) if url]
        replay = partial(_take, container, queues) if queues else None
        report = restored(container, CLI, replay=replay, is_current=is_current, anyway=anyway)
    _tell(report, is_current=is_current)


def _take(container: Container, queues: list[str]) -> int:
    """Take the next messages of the queues; 0 once all are empty."""
    client = make_queue_client(container.settings.aws_region)
    return sum(
        poll_once(client, url, container.sessions, container.clock, wait_seconds=_QUEUE_WAITS)
        for url in queues
    )


def _tell(report: Report, *, is_current: bool) -> None:
    if not is_current:
        people = report.people
        say(
            f"Applied again: {people.n_left} left, {people.n_erased} erased, "
            f"{people.n_suppressed} suppressed. "
            f"In doubt: {counted(report.n_letters, 'letter')}."
        )
        since = "There is no journal" if report.since is None else "The journal begins"
        note(f"{since}{'' if report.since is None else ' ' + instant(report.since)}.")
    for place in report.silent:
        note(f"The journal in the {place} did not answer: once it does, run it with --anyway.")
    say(f"Replayed: {counted(report.n_events, 'event')}.")
    for lost in report.lost:
        what = "is a draft here" if lost.is_draft else "is not in this database"
        when = instant(lost.launched_at)
        note(
            f"Issue {lost.issue_id} of {lost.issued_on} was launched at {when} and {what}: do not "
            "send it again."
        )
    if report.left:
        show_table(
            ("Issue", "Of", "State", "In doubt"),
            [(one.issue_id, one.issued_on, one.state.value, one.n_in_doubt) for one in report.left],
            right=("Issue", "In doubt"),
        )
        note("Decide each of them, for example: devoured decide ISSUE sent")
    say("The account stays paused: devoured account resume")
