"""`devoured warm-up`: a ceiling of each day for a new sending domain, which grows."""

from datetime import datetime
from typing import Annotated, Final

import typer
from redis import Redis
from sqlalchemy.orm import Session

from app.actors import CLI
from app.cli.command import one_transaction, open_container
from app.cli.output import examples, note, say
from app.delivery.pace import known_allowance
from app.delivery.ramp import FIRST, GROWTH_PERCENT
from app.delivery.room import room_on
from app.delivery.warm_up import WarmUp, start_warm_up, stop_warm_up, warm_up

app = typer.Typer()
warming = typer.Typer(no_args_is_help=False, invoke_without_command=True)
app.add_typer(
    warming,
    name="warm-up",
    help="How many readers of a day a new sending domain writes to: show it, start it, stop it.",
)

_NONE: Final = "The domain is not being warmed up: every issue goes to all of its readers."


@warming.callback()
def show(context: typer.Context) -> None:
    """Show at which step the warm-up is, today's ceiling, and how much room it has left."""
    if context.invoked_subcommand is not None:
        return
    with one_transaction() as (session, now, _):
        lines = _describe(session, warm_up(session, now), now)
    say("\n".join(lines))


@warming.command(
    epilog=examples("devoured warm-up start", "devoured warm-up start --first 500 --days 30")
)
def start(
    *,
    first: Annotated[int, typer.Option(help="Readers of the first day, which is today.")] = FIRST,
    days: Annotated[
        int | None, typer.Option(help="How many days it takes, whatever the growth.")
    ] = None,
    growth: Annotated[
        int, typer.Option(metavar="PERCENT", help="How much the ceiling grows in a day.")
    ] = GROWTH_PERCENT,
) -> None:
    """Warm the sending domain up: a ceiling for each day of UTC, which grows until all are in it.

    An issue goes to as many as its day has room for, those first whose last sign of reading is the
    newest. The others are left out of it, and can read it on the web. See docs/deliverability.md.
    """
    with open_container() as container:
        url = container.settings.redis_url
        with Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1) as valkey:
            n_daily = known_allowance(valkey).n_daily
    with one_transaction() as (session, now, _):
        found = start_warm_up(
            session, CLI, now, first=first, days=days, growth_percent=growth, n_daily=n_daily
        )
        lines = _describe(session, found, now)
    say("\n".join(lines))
    if n_daily is None:
        note("What the account may send in a day is not known, so no ceiling goes by it.")


@warming.command()
def stop() -> None:
    """End the warm-up before its last day: the next issue goes to all of its readers.

    One that was approved in the warm-up may pause at its launch, for it has more readers now.
    """
    with one_transaction() as (session, now, _):
        stop_warm_up(session, CLI, now)
    say(_NONE)


def _describe(session: Session, found: WarmUp | None, now: datetime) -> list[str]:
    if found is None:
        return [_NONE]
    ramp, room = found.ramp, room_on(session, now, now)
    begun = f"begun on {ramp.begun_on} by {found.by}"
    if room is None:
        return [f"The warm-up of the domain is over, {begun}."]
    today = f"Today's ceiling is {room.ceiling:,}, {room.n_free:,} of it are free"
    lines = [
        f"The domain is being warmed up, {begun}: day {found.step:,} of {ramp.n_days:,}.",
        f"{today}; it grows to {ramp.last:,}.",
    ]
    if ramp.n_repeats:
        lines.append(
            f"Steps that came once more, because a brake stopped an issue: {ramp.n_repeats:,}."
        )
    return lines
