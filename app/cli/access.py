"""`devoured users`, `keys` and `audit`: who works here, who may change what, and who did."""

import json
import re
from datetime import datetime, timedelta
from typing import Annotated, Final

import typer
from sqlalchemy.orm import Session

from app.access.keys import all_keys, make_key, revoke_key
from app.access.rights import Role
from app.access.sign_in import hand_out_link
from app.access.users import add_user, all_users, change_user, find_user, remove_user
from app.actors import CLI, Verb
from app.addresses import parse_address
from app.audit import list_entries
from app.cli.command import one_transaction, read_instant
from app.cli.output import examples, note, say, show_table
from app.container import Container
from app.enums import Scope
from app.errors import NotFound
from app.models import AuditEntry, User

app = typer.Typer()
keys = typer.Typer(no_args_is_help=False)
app.add_typer(keys, name="keys", help="API keys: make one, list them, revoke one.")


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
    with one_transaction() as (session, now, _):
        key, secret = make_key(
            session,
            CLI,
            name,
            scope,
            now,
            expires_at=_read_end(session, expires, now),
            networks=network or (),
        )
    note(f"Key {key.id} “{name}” may: {', '.join(key.scopes)}. It is not shown again.")
    say(secret)


@keys.command("list")
def list_keys() -> None:
    """List the keys, by their first letters."""
    with one_transaction() as (session, *_):
        rows = all_keys(session)
    show_table(
        (
            *("Key", "Name", "Begins with", "Scopes", "Networks"),
            *("Made", "Expires", "Last used", "Revoked"),
        ),
        [
            (
                *(key.id, key.name, key.prefix),
                *(", ".join(key.scopes), ", ".join(key.networks) or "any"),
                *(key.created_at, key.expires_at, key.last_used_at, key.revoked_at),
            )
            for key in rows
        ],
        right=("Key",),
        none="There is no key yet: devoured keys new NAME --scope read makes one.",
    )


@keys.command()
def revoke(
    key: Annotated[int, typer.Argument(metavar="KEY", help="Its number.", show_default=False)],
) -> None:
    """Make a key good for nothing, at once."""
    with one_transaction() as (session, now, _):
        row = revoke_key(session, CLI, key, now)
    say(f"Key {row.id} “{row.name}” is revoked.")


def _read_end(session: Session, typed: str | None, now: datetime) -> datetime | None:
    """Return the instant that a key expires at; BadInput for what is neither days nor instant."""
    days = re.fullmatch(r"([0-9]{1,5})d", typed or "")
    if days is None:
        return read_instant(session, typed, now)
    return now + timedelta(days=int(days[1]))


_SHOWN: Final = 40


@app.command(
    epilog=examples("devoured audit --issue 3", "devoured audit --who desk --verb approve"),
)
def audit(
    *,
    who: Annotated[
        str | None, typer.Option(metavar="NAME", help="The name of a key, or cli.")
    ] = None,
    issue: Annotated[
        int | None, typer.Option(metavar="ISSUE", min=1, help="About this issue and its stories.")
    ] = None,
    verb: Annotated[Verb | None, typer.Option(help="What was done.", show_default=False)] = None,
    since: Annotated[
        str | None, typer.Option(metavar="INSTANT", help="Not before, as 2026-11-23T07:00+01:00.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 50,
) -> None:
    """List who changed what, when, and from what to what, the newest change first."""
    with one_transaction() as (session, now, _):
        begin = read_instant(session, since, now)
        rows = list_entries(session, limit=limit, who=who, issue_id=issue, verb=verb, since=begin)
    show_table(
        ("Change", "At", "Who", "What", "Of", "From → to"),
        [
            (
                *(row.id, row.at),
                row.who if row.who_id is None else f"{row.who} ({row.who_kind} {row.who_id})",
                *(row.verb, f"{row.target_kind} {row.target_id or ''}".strip(), _fields(row)),
            )
            for row in rows
        ],
        right=("Change",),
        none="Nothing was changed.",
    )


def _fields(row: AuditEntry) -> str:
    names = sorted(row.before.keys() | row.after.keys())
    return "; ".join(
        f"{name}: {_short(row.before.get(name))} → {_short(row.after.get(name))}" for name in names
    )


def _short(value: object) -> str:
    text = "–" if value in (None, "") else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


users = typer.Typer(no_args_is_help=False)
app.add_typer(
    users,
    name="users",
    help="People at the desk: add one, list them, give roles, make a link to sign in.",
)

Who = Annotated[
    str, typer.Argument(metavar="ADDRESS", help="Their mail address.", show_default=False)
]
Roles = Annotated[
    list[Role],
    typer.Option(
        "--role", help="What they may do; may be given often. admin holds all.", show_default=False
    ),
]


@users.command(
    epilog=examples(
        "devoured users add --name Ada --address ada@example.com --role admin",
        "devoured users add --name Bo --address bo@example.com --role editor --role sender",
    ),
)
def add(
    *,
    name: Annotated[str, typer.Option(metavar="NAME", help="As others know them.")],
    address: Annotated[str, typer.Option(metavar="ADDRESS", help="Where their links go.")],
    roles: Roles,
    language: Annotated[
        str, typer.Option(metavar="CODE", help="What the desk speaks to them: en or de.")
    ] = "",
) -> None:
    """Add a person and print a link that signs them in, once, within 24 hours."""
    with one_transaction() as (session, now, container):
        parsed = parse_address(address, allow_reserved=container.allow_reserved)
        user = add_user(session, CLI, name, parsed, roles, now, language)
        made = _link(session, user, now, container)
    note(f"{user.name} may: {', '.join(user.roles)}. The link is good for 24 hours, once.")
    say(made)


@users.command("list")
def list_users() -> None:
    """List the people, with what they may do."""
    with one_transaction() as (session, *_):
        rows = all_users(session)
    show_table(
        ("Person", "Name", "Address", "Roles", "Since", "Last signed in"),
        [
            (
                *(user.id, user.name, user.address, ", ".join(user.roles)),
                *(user.created_at, user.signed_in_at),
            )
            for user in rows
        ],
        right=("Person",),
        none="Nobody yet: devoured users add --name NAME --address ADDRESS --role admin.",
    )


@users.command(epilog=examples("devoured users role bo@example.com --role editor"))
def role(address: Who, *, roles: Roles) -> None:
    """Give a person these roles instead of those they have; they hold at once."""
    with one_transaction() as (session, now, container):
        user = _find(session, address, container)
        change_user(session, CLI, user.id, now, roles=roles)
    say(f"{user.name} may: {', '.join(user.roles)}.")


@users.command()
def remove(address: Who) -> None:
    """Remove a person and sign them out everywhere; what they did stays in the audit."""
    with one_transaction() as (session, now, container):
        user = remove_user(session, CLI, _find(session, address, container).id, now)
    say(f"{user.name} is removed.")


@users.command()
def link(address: Who) -> None:
    """Print a link that signs a person in, once, within 24 hours; nothing is mailed."""
    with one_transaction() as (session, now, container):
        made = _link(session, _find(session, address, container), now, container)
    say(made)


def _find(session: Session, typed: str, container: Container) -> User:
    """Return who has this address; NotFound, and NoAddress for what is none."""
    user = find_user(session, parse_address(typed, allow_reserved=container.allow_reserved))
    if user is None:
        raise NotFound("Nobody here has this address; devoured users list shows who does.")
    return user


def _link(session: Session, user: User, now: datetime, container: Container) -> str:
    return hand_out_link(session, CLI, user.id, container.settings.base_url, now)
