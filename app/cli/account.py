"""`devoured account`: whether the sending account may send, and stopping and starting it."""

from datetime import datetime
from typing import Annotated, Final

import typer
from redis import Redis
from sqlalchemy.orm import Session

from app.actors import CLI
from app.cli.containers import one_transaction, open_container
from app.cli.failures import BadInput
from app.cli.output import examples, instant, note, say
from app.cli.transitions import read_instant
from app.db.session import transaction
from app.delivery.account import account_pause, pause_by_hand, resume_by_hand
from app.delivery.allowance import Allowance, known_allowance
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

app = typer.Typer()
account = typer.Typer(no_args_is_help=False, invoke_without_command=True)
app.add_typer(
    account,
    name="account",
    help="Whether anybody is written to: show it, pause it, resume it.",
    rich_help_panel="Running it",
)


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


@account.command(
    epilog=examples('devoured account pause --because "the domain is being moved"'),
)
def pause(
    *,
    because: Annotated[str, typer.Option(help="Why, for your colleagues.")] = "paused by hand",
    until: Annotated[
        str | None,
        typer.Option(metavar="INSTANT", help="Until you resume it unless given."),
    ] = None,
) -> None:
    """Write to nobody, of any issue; what is in flight finishes. The longer of two pauses holds."""
    with one_transaction() as (container, session):
        now = container.clock()
        end = read_instant(session, until, now)
        if end is not None and end <= now:
            raise BadInput(f"“{until}” has passed already.")
        pause_by_hand(session, CLI, because, end, now)
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
            resume_by_hand(session, CLI, now)
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
