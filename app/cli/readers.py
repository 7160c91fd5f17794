"""`devoured readers`, and what is done about one of them: their data, erasure, suppression."""

import sys
from typing import Annotated, Final

import orjson
import typer
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.addresses import Address, parse_address
from app.cli.command import one_transaction, open_container
from app.cli.failures import BadInput
from app.cli.importing import import_readers
from app.cli.importing_listmonk import import_listmonk
from app.cli.output import counted, examples, instant, note, say, show_table
from app.db.session import transaction
from app.delivery import suppression
from app.enums import ConsentSource, ImportState, SubscriberState, SuppressionReason, Tracking
from app.errors import NotFound
from app.models import Subscriber
from app.readers.consent import Origin
from app.readers.erasure import erase as erase_reader
from app.readers.export import export_heading, export_pages
from app.readers.imports.names import understood
from app.readers.imports.upload import list_imports
from app.readers.own_data import own_data
from app.readers.subscribers import get_subscriber
from app.readers.sunset import plan_sunset, rule_of

app = typer.Typer()
readers = typer.Typer(no_args_is_help=False)
app.add_typer(readers, name="readers", help="Import and export readers.")

ReaderArgument = Annotated[
    str,
    typer.Argument(
        metavar="READER", help="An address, or a subscriber's number.", show_default=False
    ),
]
AddressArgument = Annotated[
    str, typer.Argument(metavar="ADDRESS", help="An address.", show_default=False)
]
_NEWEST: Final = 2**62

readers.command(
    "import",
    epilog=examples(
        "devoured readers import members.csv --dry-run",
        'devoured readers import members.csv --consent "Signed up on our old site since 2019"',
        'devoured readers import list.csv --map address=Contact --ignore "Shoe size" --consent …',
        "gunzip -c members.csv.gz | devoured readers import - --dry-run",
    ),
)(import_readers)
readers.command(
    "import-listmonk",
    epilog=examples(
        "devoured readers import-listmonk postgresql://listmonk@db/listmonk --dry-run",
        'devoured readers import-listmonk … --list "Daily" --consent "Signed up on our old site"',
    ),
)(import_listmonk)


@readers.command("imports")
def show_imports() -> None:
    """List the last imports, how far they are and what became of them."""
    with open_container() as container, transaction(container.sessions) as session:
        rows = list_imports(session, before=_NEWEST, limit=20)
    show_table(
        ("Import", "File", "State", "Rows", "Bad", "Added", "Begun"),
        [
            (
                *(row.id, row.name, row.state.value, f"{row.n_rows:,}", f"{row.n_bad:,}"),
                f"{row.counts.get('added', 0) if row.state is ImportState.DONE else 0:,}",
                row.created_at,
            )
            for row in rows
        ],
        right=("Import",),
        none="Nothing was imported yet.",
    )


@readers.command("columns")
def show_columns() -> None:
    """Print every name of a column that import understands, as Markdown (docs/import.md)."""
    say(understood())


@readers.command(
    "export",
    epilog=examples(
        "devoured readers export > readers.csv", "devoured readers export --state left"
    ),
)
def export_readers(
    *,
    state: Annotated[SubscriberState | None, typer.Option(help="Only those in it.")] = None,
) -> None:
    """Print all readers as CSV: state, preferences, consent, suppression; import takes it back."""
    with open_container() as container:
        with transaction(container.sessions) as session:
            n_all = session.scalar(select(func.count()).select_from(Subscriber)) or 0
        sys.stdout.write(export_heading())
        for page in export_pages(container.sessions, state):
            sys.stdout.write(page)
    note(f"{counted(n_all, 'subscriber')} in all, those erased among them.")


@readers.command("sunset")
def show_sunset() -> None:
    """Say whom the sunset rule would ask and pause now, and by which rule; change nothing.

    The rule itself is followed by the workers, every hour (docs/deliverability.md).
    """
    with open_container() as container, transaction(container.sessions) as session:
        rule = rule_of(container.settings)
        found = plan_sunset(session, rule, container.clock())
    if not rule.months:
        note("DEVOURED_SUNSET_MONTHS is 0: nobody is asked.")
    elif found.tracking is not Tracking.PER_READER:
        note("Clicks are not kept per reader (tracking): nobody is asked, and nobody paused.")
    elif found.is_resting:
        note("A warm-up left readers out within these months: nobody is asked for now.")
    else:
        note(
            f"Asked is who showed no sign for {counted(rule.months, 'month')}, as far as clicks"
            f" were kept: since {instant(found.clicks_kept_since)}. Who does not answer within"
            f" {counted(rule.days, 'day')} is paused. In a day {rule.daily:,} are asked at most."
        )
    show_table(
        ("What", "Readers"),
        [
            ("to be asked", f"{found.n_silent:,}"),
            ("of these within a day", f"{found.n_today:,}"),
            ("asked, without an answer in time, to be paused", f"{found.n_over:,}"),
            ("paused so", f"{found.n_paused:,}"),
        ],
    )
    if found.since is not None:
        say(f"The longest without a sign is so since {instant(found.since)}.")


@app.command(epilog=examples("devoured reader-data ada@example.com"))
def reader_data(reader: ReaderArgument) -> None:
    """Print all that is kept of a reader, as JSON: the file they can download themselves."""
    with one_transaction() as (session, now, _):
        data = own_data(session, found_reader(session, reader), now)
    say(orjson.dumps(data, option=orjson.OPT_INDENT_2).decode())


@app.command(
    epilog=examples("devoured erase ada@example.com --yes", "devoured erase 17 --yes"),
)
def erase(
    reader: ReaderArgument,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Erase without asking.")] = False,
) -> None:
    """Forget a reader in every table; counts of past issues stay, and the mark not to write."""
    with one_transaction() as (session, now, _):
        found = found_reader(session, reader)
        if not yes and not typer.confirm(f"Erase subscriber {found.id} for good?", err=True):
            raise BadInput("Nothing was erased.")
        origin = Origin(ConsentSource.EDITOR)
        erase_reader(session, CLI, found.id, now, origin)
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


@app.command(epilog=examples("devoured suppressed ada@example.com"))
def suppressed(address: AddressArgument) -> None:
    """Say why an address is not written to, and how often that was lifted; exits 1 if it may be."""
    with one_transaction() as (session, _, container):
        _show(session, _parsed(address), container.pepper)


@app.command(epilog=examples('devoured suppress ada@example.com --note "asked by telephone"'))
def suppress(
    address: AddressArgument,
    *,
    note_text: Annotated[
        str, typer.Option("--note", help="For your colleagues; never an address.")
    ] = "",
) -> None:
    """Never write to an address again, whoever signs it up, until that is lifted."""
    with one_transaction() as (session, now, container):
        parsed = _parsed(address)
        suppression.suppress(
            session,
            CLI,
            parsed,
            SuppressionReason.MANUAL,
            note=_sentence(note_text),
            pepper=container.pepper,
            now=now,
        )
        _show(session, parsed, container.pepper)


@app.command(epilog=examples('devoured lift ada@example.com --because "the mailbox was full"'))
def lift(
    address: AddressArgument,
    *,
    because: Annotated[str, typer.Option(help="Why, which is kept.")],
) -> None:
    """Let an address be written to again: it is no longer suppressed, and your reason is kept."""
    reason = _sentence(because)
    if not reason:
        raise BadInput("Say why, for whoever asks later.")
    with one_transaction() as (session, now, container):
        suppression.lift(
            session,
            CLI,
            _parsed(address),
            because=reason,
            pepper=container.pepper,
            now=now,
        )
    say("The address may be written to again.")


def _parsed(address: str) -> Address:
    # What was suppressed under a reserved name has to be found wherever it is.
    return parse_address(address, allow_reserved=True)


def _sentence(text: str) -> str:
    """Return what a person typed as one line."""
    return " ".join(text.split())


def _show(session: Session, address: Address, pepper: str) -> None:
    row = suppression.get_suppression(session, address, pepper)
    note_text = f": {row.note}" if row.note else ""
    say(f"Suppressed since {instant(row.created_at)}, {row.reason}{note_text}.")
    for one in suppression.lifts_of(session, address, pepper):
        note(f"Lifted {instant(one.lifted_at)}, {one.reason}: {one.because}")
