"""`devoured suppressed`, `suppress` and `lift`: addresses that must not be written to."""

from typing import Annotated, Final

import typer
from sqlalchemy.orm import Session

from app.actors import CLI
from app.addresses import Address, parse_address
from app.cli.containers import one_transaction
from app.cli.failures import BadInput
from app.cli.output import examples, instant, note, say
from app.enums import SuppressionReason
from app.readers import suppression

app = typer.Typer()

_PANEL: Final = "Readers"
_MAX_NOTE: Final = 200

AddressArgument = Annotated[
    str, typer.Argument(metavar="ADDRESS", help="An address.", show_default=False)
]


@app.command(rich_help_panel=_PANEL, epilog=examples("devoured suppressed ada@example.com"))
def suppressed(address: AddressArgument) -> None:
    """Say why an address is not written to, and how often that was lifted; exits 1 if it may be."""
    with one_transaction() as (container, session):
        _show(session, _parsed(address), container.pepper)


@app.command(
    rich_help_panel=_PANEL,
    epilog=examples('devoured suppress ada@example.com --note "asked by telephone"'),
)
def suppress(
    address: AddressArgument,
    *,
    said: Annotated[
        str, typer.Option("--note", help="For your colleagues; never an address.")
    ] = "",
) -> None:
    """Never write to an address again, whoever signs it up, until that is lifted."""
    with one_transaction() as (container, session):
        parsed = _parsed(address)
        suppression.suppress(
            session,
            parsed,
            SuppressionReason.MANUAL,
            note=_sentence(said),
            pepper=container.pepper,
            now=container.clock(),
            actor=CLI,
        )
        _show(session, parsed, container.pepper)


@app.command(
    rich_help_panel=_PANEL,
    epilog=examples('devoured lift ada@example.com --because "the mailbox was full"'),
)
def lift(
    address: AddressArgument,
    *,
    because: Annotated[str, typer.Option(help="Why, which is kept.")],
) -> None:
    """Let an address be written to again: it is no longer suppressed, and your reason is kept."""
    reason = _sentence(because)
    if not reason:
        raise BadInput("Say why, for whoever asks later.")
    with one_transaction() as (container, session):
        suppression.lift(
            session,
            _parsed(address),
            because=reason,
            pepper=container.pepper,
            now=container.clock(),
            actor=CLI,
        )
    say("The address may be written to again.")


def _parsed(address: str) -> Address:
    # What was suppressed under a reserved name has to be found wherever it is.
    return parse_address(address, allow_reserved=True)


def _sentence(text: str) -> str:
    """Return what a person typed as one line; raise BadInput for more than is stored."""
    line = " ".join(text.split())
    if len(line) > _MAX_NOTE or not line.isprintable():
        raise BadInput(f"That has more than {_MAX_NOTE} characters, or some that do not print.")
    return line


def _show(session: Session, address: Address, pepper: str) -> None:
    row = suppression.get_suppression(session, address, pepper)
    told = f": {row.note}" if row.note else ""
    say(f"Suppressed since {instant(row.created_at)}, {row.reason}{told}.")
    for one in suppression.lifts_of(session, address, pepper):
        note(f"Lifted {instant(one.lifted_at)}, {one.reason}: {one.because}")
