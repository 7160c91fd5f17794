"""`devoured restored`: what is to be run once after a backup was restored."""

from functools import partial
from typing import Annotated, Final

import typer

from app.actors import CLI
from app.cli.containers import open_container
from app.cli.failures import BadInput
from app.cli.output import counted, examples, instant, note, say, show_table, table
from app.container import Container
from app.events.queue import make_queue_client, poll_once
from app.recovery.restored import Report, restored

app = typer.Typer()

_QUEUE_WAITS: Final = 2
"""Seconds after which a queue that brings nothing counts as empty."""


@app.command(
    "restored",
    rich_help_panel="Running it",
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
        report = restored(container, replay=replay, is_current=is_current, anyway=anyway, actor=CLI)
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
        made = table("Issue", "Of", "State", "In doubt", right=("Issue", "In doubt"))
        for one in report.left:
            made.add_row(
                str(one.issue_id), str(one.issued_on), one.state.value, str(one.n_in_doubt)
            )
        show_table(made)
        note("Decide each of them, for example: devoured decide ISSUE sent")
    say("The account stays paused: devoured account resume")
