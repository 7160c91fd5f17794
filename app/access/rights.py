"""Rights: what a person may do, by their roles. They are the scopes that API keys have.

`edit` and `send` are of different roles, so that who writes an issue need not be who sends it; one
person may have both. Who the readers are is for those who send, and settle what became of it.
"""

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from typing import Final

from app.enums import Scope
from app.errors import FieldError, InvalidInput
from app.sentences import N_


class Role(StrEnum):
    """What a person is at the desk; a person may have several."""

    VIEWER = "viewer"
    EDITOR = "editor"
    SENDER = "sender"
    ADMIN = "admin"


RIGHTS: Final[Mapping[Role, frozenset[Scope]]] = {
    Role.VIEWER: frozenset({Scope.READ}),
    Role.EDITOR: frozenset({Scope.READ, Scope.EDIT}),
    Role.SENDER: frozenset({Scope.READ, Scope.PEOPLE, Scope.SEND}),
    Role.ADMIN: frozenset({Scope.ADMIN}),
}
"""The rights of each role; `admin` holds all others, as it does for keys."""


def rights_of(roles: Iterable[str]) -> frozenset[Scope]:
    """Return the rights that these roles have together."""
    return frozenset[Scope]().union(*(RIGHTS[Role(role)] for role in roles))


def holds(held: Collection[str], needed: Collection[str]) -> bool:
    """Return whether all of the needed rights are among those that are held."""
    return Scope.ADMIN in held or set(needed) <= set(held)


def read_roles(given: Iterable[str]) -> list[str]:
    """Return the roles in their order, each once.

    Raises:
        InvalidInput: there is none, or one is unknown.
    """
    asked = set(given)
    known: list[str] = [role.value for role in Role if role.value in asked]
    if not known or len(known) < len(asked):
        sentence = N_("Please choose at least one role.")
        raise InvalidInput(sentence, [FieldError("/roles", sentence)])
    return known
