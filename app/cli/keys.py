"""`devoured keys`: API keys, made, listed and revoked."""

from typing import Annotated

import typer

from app.access.keys import all_keys, make_key, revoke_key
from app.cli.house import one_transaction
from app.cli.output import examples, instant, note, say, show_table, table
from app.words import Scope

app = typer.Typer()
keys = typer.Typer(no_args_is_help=False)
app.add_typer(
    keys,
    name="keys",
    help="API keys: make one, list them, revoke one.",
    rich_help_panel="Setting up",
)


@keys.command(
    epilog=examples("devoured keys new desk --scope read --scope edit --scope send"),
)
def new(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="What it is for.", show_default=False)
    ],
    *,
    scope: Annotated[
        list[Scope], typer.Option(help="What it may do; may be given often. admin holds them all.")
    ],
) -> None:
    """Make a key and print it; it cannot be shown again."""
    with one_transaction() as (container, session):
        key, secret = make_key(session, name, scope, container.clock())
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
    made = table("Key", "Name", "Begins with", "Scopes", "Made", "Revoked", right=("Key",))
    for key in rows:
        made.add_row(
            str(key.id),
            key.name,
            key.prefix,
            ", ".join(key.scopes),
            instant(key.created_at),
            instant(key.revoked_at),
        )
    show_table(made)


@keys.command()
def revoke(
    key: Annotated[int, typer.Argument(metavar="KEY", help="Its number.", show_default=False)],
) -> None:
    """Make a key good for nothing, at once."""
    with one_transaction() as (container, session):
        row = revoke_key(session, key, container.clock())
    say(f"Key {row.id} “{row.name}” is revoked.")
