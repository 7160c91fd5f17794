"""`devoured keys`: API keys, made, listed and revoked."""

import re
from datetime import datetime, timedelta
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from app.access.keys import all_keys, make_key, revoke_key
from app.actors import CLI
from app.cli.containers import one_transaction
from app.cli.output import examples, instant, note, say, show_table, table
from app.cli.transitions import read_instant
from app.enums import Scope

app = typer.Typer()
keys = typer.Typer(no_args_is_help=False)
app.add_typer(
    keys,
    name="keys",
    help="API keys: make one, list them, revoke one.",
    rich_help_panel="Setting up",
)


@keys.command(
    epilog=examples(
        "devoured keys new desk --scope read --scope edit --scope send",
        "devoured keys new dashboard --scope read --expires 90d --network 203.0.113.0/24",
    ),
)
def new(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="What it is for.", show_default=False)
    ],
    *,
    scope: Annotated[
        list[Scope], typer.Option(help="What it may do; may be given often. admin holds them all.")
    ],
    expires: Annotated[
        str | None,
        typer.Option(
            metavar="WHEN",
            help="90d, or an instant. Good until it is revoked unless given.",
        ),
    ] = None,
    network: Annotated[
        list[str] | None,
        typer.Option(metavar="CIDR", help="Where it may be used from; may be given often."),
    ] = None,
) -> None:
    """Make a key and print it; it cannot be shown again."""
    with one_transaction() as (container, session):
        now = container.clock()
        key, secret = make_key(
            session,
            name,
            scope,
            now,
            expires_at=_read_end(session, expires, now),
            networks=network or (),
            actor=CLI,
        )
        said = f"Key {key.id} “{name}” may: {', '.join(key.scopes)}. It is not shown again."
    note(said)
    say(secret)


@keys.command("list")
def list_keys() -> None:
    """List the keys, by their first letters."""
    with one_transaction() as (_, session):
        rows = all_keys(session)
    if not rows:
        note("There is no key yet: devoured keys new NAME --scope read makes one.")
        return
    made = table(
        "Key", "Name", "Begins with", "Scopes", "Networks", "Made", "Expires", "Last used",
        "Revoked", right=("Key",),
    )  # fmt: skip
    for key in rows:
        made.add_row(
            str(key.id),
            key.name,
            key.prefix,
            ", ".join(key.scopes),
            ", ".join(key.networks) or "any",
            instant(key.created_at),
            instant(key.expires_at),
            instant(key.last_used_at),
            instant(key.revoked_at),
        )
    show_table(made)


@keys.command()
def revoke(
    key: Annotated[int, typer.Argument(metavar="KEY", help="Its number.", show_default=False)],
) -> None:
    """Make a key good for nothing, at once."""
    with one_transaction() as (container, session):
        row = revoke_key(session, key, container.clock(), CLI)
    say(f"Key {row.id} “{row.name}” is revoked.")


def _read_end(session: Session, typed: str | None, now: datetime) -> datetime | None:
    """Return the instant that a key expires at; BadInput for what is neither days nor instant."""
    days = re.fullmatch(r"([0-9]{1,5})d", typed or "")
    if days is None:
        return read_instant(session, typed, now)
    return now + timedelta(days=int(days[1]))
