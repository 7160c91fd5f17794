"""`devoured reader-data` and `erase`: what is kept of one reader, and forgetting them."""

from typing import Annotated

import orjson
import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.addresses import parse_address
from app.cli.containers import one_transaction
from app.cli.failures import BadInput
from app.cli.output import examples, note, say
from app.enums import ConsentSource
from app.errors import NotFound
from app.models import Subscriber
from app.readers.consent import Origin
from app.readers.erasure import erase as erase_reader
from app.readers.own_data import own_data
from app.readers.subscribers import get_subscriber

app = typer.Typer()

_PANEL = "Readers"

ReaderArgument = Annotated[
    str,
    typer.Argument(
        metavar="READER", help="An address, or a subscriber's number.", show_default=False
    ),
]


@app.command(
    "reader-data", rich_help_panel=_PANEL, epilog=examples("devoured reader-data ada@example.com")
)
def reader_data(reader: ReaderArgument) -> None:
    """Print all that is kept of a reader, as JSON: the file they can download themselves."""
    with one_transaction() as (container, session):
        data = own_data(session, found_reader(session, reader), container.clock())
    say(orjson.dumps(data, option=orjson.OPT_INDENT_2).decode())


@app.command(
    rich_help_panel=_PANEL,
    epilog=examples("devoured erase ada@example.com --yes", "devoured erase 17 --yes"),
)
def erase(
    reader: ReaderArgument,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Erase without asking.")] = False,
) -> None:
    """Forget a reader in every table; counts of past issues stay, and the mark not to write."""
    with one_transaction() as (container, session):
        found = found_reader(session, reader)
        if not yes and not typer.confirm(f"Erase subscriber {found.id} for good?", err=True):
            raise BadInput("Nothing was erased.")
        origin = Origin(ConsentSource.EDITOR)
        erase_reader(session, found.id, container.clock(), origin, CLI)
    note(f"Subscriber {found.id} is erased.")


def found_reader(session: Session, reader: str) -> Subscriber:
    """Return the Subscriber of this number or address, or NotFound, which repeats no address."""
    if reader.isdecimal():
        return get_subscriber(session, int(reader))
    key = parse_address(reader, allow_reserved=True).key
    found = session.scalar(select(Subscriber).where(Subscriber.address_key == key))
    if found is None:
        raise NotFound("There is no subscriber with this address.")
    return found
