"""`devoured users`: the people who work at the desk, and links with which they sign in."""

from datetime import datetime
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from app.access.rights import Role
from app.access.sign_in import hand_out_link
from app.access.users import add_user, all_users, change_user, find_user, remove_user
from app.actors import CLI
from app.addresses import parse_address
from app.cli.command import one_transaction
from app.cli.output import examples, note, say, show_table
from app.container import Container
from app.errors import NotFound
from app.models import User

app = typer.Typer()
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
) -> None:
    """Add a person and print a link that signs them in, once, within 24 hours."""
    with one_transaction() as (session, now, container):
        parsed = parse_address(address, allow_reserved=container.allow_reserved)
        user = add_user(session, CLI, name, parsed, roles, now)
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
