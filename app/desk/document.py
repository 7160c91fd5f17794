"""`/desk/issues/{issue_id}/document`: the shared document of a draft, for who is signed in."""

from functools import partial

from fastapi import APIRouter, WebSocket
from sqlalchemy.orm import Session

from app.access.rights import holds, rights_of
from app.access.sessions import is_seen_due, note_seen
from app.access.users import actor_of, admins
from app.actors import Actor
from app.api.document import edit_together
from app.api.fields import Id
from app.container import Container
from app.desk.cookies import FRONT
from app.desk.deps import MissingRight, find_signed_in
from app.enums import Scope
from app.errors import Conflict
from app.models import User
from app.pages.language import prefer

router = APIRouter(prefix=FRONT)

_NEEDED = frozenset({Scope.EDIT})


@router.websocket("/issues/{issue_id}/document")
async def edit_signed_in(websocket: WebSocket, issue_id: Id) -> None:
    """Edit a draft together with others, from a page of the desk; needs the right `edit`."""
    await edit_together(websocket, issue_id, partial(_writer, websocket), is_browser=True)


def _writer(websocket: WebSocket, session: Session, *, is_act: bool = False) -> Actor:
    """Return who is signed in, if they may edit; what they do themselves keeps them signed in.

    Raises:
        NotSignedIn: nobody is, or no longer.
        MissingRight: they may not edit.
        Conflict: the page was opened by somebody else, whose unsent changes it may hold.
    """
    container: Container = websocket.app.state.container
    now = container.clock()
    user, row = find_signed_in(websocket, container, session, now)
    prefer(user.language)
    refuse_another(user, websocket.query_params.get("person", str(user.id)))
    if is_act and is_seen_due(row, now):
        note_seen(session, row.id, now)
    held = rights_of(user.roles)
    if not holds(held, _NEEDED):
        raise MissingRight(_NEEDED - held, tuple(one.name for one in admins(session)))
    return actor_of(user)


def refuse_another(user: User, person: str) -> None:
    """Raise Conflict where the page was opened by another person than who is signed in now."""
    if person != str(user.id):
        raise Conflict("Somebody else is signed in here than who opened this page.")
