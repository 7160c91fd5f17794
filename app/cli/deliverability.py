"""`devoured deliverability`: what mailbox providers say of the domains that mail comes from."""

from pathlib import Path
from typing import Annotated, Final

import typer

from app.cli.command import one_transaction
from app.cli.failures import BadInput
from app.cli.output import counted, examples, note, say, show_table
from app.cli.reputation_file import provider_named, read_days
from app.delivery.reputation import keep_days, reputations

app = typer.Typer()
deliverability = typer.Typer(no_args_is_help=False, invoke_without_command=True)
app.add_typer(
    deliverability,
    name="deliverability",
    help="What mailbox providers say of us: show it, bring it in from a file.",
)

_MOST_BYTES: Final = 1_000_000
_COLUMNS: Final = ("provider", "domain", "day", "called spam", "SPF", "DKIM", "DMARC")


@deliverability.callback()
def show(context: typer.Context) -> None:
    """Show the last week of each provider, and what it asks that is not done."""
    if context.invoked_subcommand is not None:
        return
    with one_transaction() as (session, now, _):
        found = reputations(session, now, days=7)
    rows = [
        (one.provider, one.domain, f"{day.day}", *map(_share, _rates(day)))
        for one in found
        for day in one.days
    ]
    show_table(_COLUMNS, rows, right=_COLUMNS[3:], none="No provider has told anything lately.")
    for one in found:
        for requirement in one.unmet:
            note(f"{one.provider} finds not done for {one.domain}: {requirement}.")


@deliverability.command("import", epilog=examples("devoured deliverability import yahoo days.csv"))
def bring_in(
    provider: Annotated[str, typer.Argument(help="Whose figures they are, as yahoo.")],
    file: Annotated[Path, typer.Argument(help="A CSV with day, domain and complaint_rate.")],
) -> None:
    """Bring in a provider's share of complaints by day, from a CSV.

    Its columns are `day` (2026-11-23), `domain`, and `complaint_rate`, a share of 1 as 0.0012 or
    0.12%. A day that is there already is as the file says then.
    """
    text = _text_of(file)
    with one_transaction() as (session, now, _):
        name = provider_named(provider)
        n = keep_days(session, read_days(text, name), now)
    say(f"{name}: {counted(n, 'day')}.")


def _text_of(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            data = opened.read(_MOST_BYTES + 1)
        text = data.decode()
    except OSError as error:
        raise BadInput(f"The file cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise BadInput("The file is not UTF-8.") from None
    if len(data) > _MOST_BYTES:
        raise BadInput("The file is too large for what it should be.")
    return text


def _rates(day: object) -> list[float | None]:
    return [getattr(day, f"{name}_rate") for name in ("spam", "spf", "dkim", "dmarc")]


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.2%}"
