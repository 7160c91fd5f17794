"""`devoured signing-keys`: which there are, and a new one in two steps that break no link."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from app.cli.failures import BadInput
from app.cli.output import examples, note, say, show_table
from app.errors import ConfigError
from app.setting_sources import Given, Origin
from app.settings import read_settings
from app.signing_keys import (
    WrongKey,
    fingerprint,
    with_key_first,
    with_new_key,
    without_key,
    write_secret,
)

app = typer.Typer()
signing_keys = typer.Typer(no_args_is_help=False, invoke_without_command=True)
app.add_typer(
    signing_keys,
    name="signing-keys",
    help="What signs the links in mails: list the keys, add one, let it sign, drop an old one.",
)

Which = Annotated[
    str, typer.Argument(metavar="KEY", help="Eight digits, as the list shows.", show_default=False)
]
_NEXT_SIGN = "Start every process anew, on every host; then let it sign: devoured signing-keys use"
_NEXT_START = "Start every process anew, on every host."


@signing_keys.callback()
def show(context: typer.Context) -> None:
    """List the signing keys by their fingerprints; needs no server."""
    if context.invoked_subcommand is None:
        keys, _ = _read()
        show_table(
            ("Key", "Does"),
            [(fingerprint(key), _does(place)) for place, key in enumerate(keys)],
        )


def _does(place: int) -> str:
    return "reads links" if place else "signs links, and reads them"


@signing_keys.command(
    epilog=examples("devoured signing-keys add", "devoured signing-keys add --sign-at-once"),
)
def add(
    *,
    sign_at_once: Annotated[
        bool,
        typer.Option(
            "--sign-at-once",
            help="In one step, where all processes stop and start together, or an old key is known"
            " to others.",
        ),
    ] = False,
) -> None:
    """Add a random key, which reads links and signs none yet.

    Where the keys are in a file it is written; elsewhere the new value of DEVOURED_SECRET_KEYS is
    printed, for you to set.
    """
    keys, given = _read()
    after = with_new_key(keys, first=sign_at_once)
    _keep(after, given)
    note(_NEXT_START if sign_at_once else f"{_NEXT_SIGN} {fingerprint(after[-1])}")


@signing_keys.command()
def use(key: Which) -> None:
    """Let a key sign from now on; the others still read what they signed."""
    _change(lambda keys: with_key_first(keys, key))


@signing_keys.command(epilog=examples("devoured signing-keys drop 3f9a01bc --yes"))
def drop(
    key: Which,
    *,
    yes: Annotated[
        bool, typer.Option("--yes", help="Every link that it signed is good for nothing then.")
    ] = False,
) -> None:
    """Drop a key that signs no more; the links in mails that it signed die."""
    if not yes:
        raise BadInput("Links in mails that it signed would die, also those to leave; say --yes.")
    _change(lambda keys: without_key(keys, key))


def _change(change: Callable[[Sequence[str]], list[str]]) -> None:
    keys, given = _read()
    try:
        after = change(keys)
    except WrongKey as error:
        raise BadInput(str(error)) from None
    if after != keys:
        _keep(after, given)
    note(_NEXT_START)


def _read() -> tuple[list[str], Given]:
    """Return the keys and where they came from; raise ConfigError where any setting is wrong."""
    read = read_settings()
    if read.settings is None:
        raise ConfigError("; ".join(read.faults))
    return [one.get_secret_value() for one in read.settings.secret_keys], read.given["secret_keys"]


def _keep(keys: Sequence[str], given: Given) -> None:
    """Write the keys to where they came from; where that cannot be, print what is to be set."""
    text = ",".join(keys)
    if given.origin is Origin.FILE:
        try:
            write_secret(Path(given.place), text)
        except OSError as error:
            note(f"{given.place} cannot be written ({error.strerror}); put this into it:")
        else:
            note(f"{given.place} is written.")
            return
    else:
        note("Set DEVOURED_SECRET_KEYS to this; it is not shown again:")
    say(text)
