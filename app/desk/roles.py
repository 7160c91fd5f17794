"""The roles in words: their names, and what each may do."""

from dataclasses import dataclass
from typing import Final

from app.access.rights import Role, holds, rights_of
from app.access.users import all_users
from app.desk.deps import Desk
from app.enums import Scope
from app.pages.language import N_, listing


@dataclass(frozen=True)
class InWords:
    """Say what a role or a right is to a person; both sentences are marked for translation."""

    value: str
    name: str
    what: str


ROLES_IN_WORDS: Final = {
    role.value: InWords(role.value, name, what)
    for role, name, what in (
        (
            Role.VIEWER,
            N_("Viewer"),
            N_("looks at issues and results, and changes nothing"),
        ),
        (
            Role.EDITOR,
            N_("Editor"),
            N_("writes: loads, edits, checks and previews issues"),
        ),
        (
            Role.SENDER,
            N_("Sender"),
            N_("approves, schedules, sends and stops issues, and sees who the readers are"),
        ),
        (
            Role.ADMIN,
            N_("Admin"),
            N_("does all that others do, and manages people, API keys and settings"),
        ),
    )
}

SCOPES_IN_WORDS: Final = tuple(
    InWords(scope.value, name, what)
    for scope, name, what in (
        (Scope.READ, N_("Read"), N_("issues, results and settings, no reader")),
        (Scope.PEOPLE, N_("People"), N_("who the readers are")),
        (Scope.EDIT, N_("Edit"), N_("what issues say; with “people” readers, too")),
        (Scope.SEND, N_("Send"), N_("what readers get, and when")),
        (Scope.ADMIN, N_("Admin"), N_("all of these, and people, keys and settings")),
    )
)


def those_who_may(desk: Desk, scope: Scope) -> str:
    """`Grace and Hedy`: everybody else who has this right; empty for nobody."""
    others = (one for one in all_users(desk.session) if one.id != desk.user.id)
    return listing([one.name for one in others if holds(rights_of(one.roles), [scope])])
