"""`/desk/account`: one's own name, roles, and where one is signed in."""

from typing import Annotated

from fastapi import APIRouter, Form, Response

from app.access.sessions import revoke_all, revoke_session, session_limits, sessions_of
from app.access.users import change_user
from app.desk.deps import Desk, SignedIn
from app.desk.frame import go_to, page
from app.desk.roles import ROLES_IN_WORDS
from app.errors import InvalidInput
from app.pages.language import message_of

router = APIRouter()

_HERE = "/desk/account"


@router.api_route("/account", methods=["GET", "HEAD"])
def account(desk: SignedIn, done: str = "") -> Response:
    """Show one's own account."""
    return _account(desk, done=done)


@router.post("/account")
def rename(desk: SignedIn, name: Annotated[str, Form()] = "") -> Response:
    """Take another name; 422 and the form where it is none."""
    try:
        change_user(desk.session, desk.actor, desk.user.id, desk.now, name=name)
    except InvalidInput as error:
        return _account(desk, 422, typed=name, wrong=message_of(error))
    return go_to(desk.container, _HERE, done="saved")


@router.post("/account/sessions/{session_id:id}/revoke")
def sign_out_there(desk: SignedIn, session_id: int) -> Response:
    """Sign out of one browser."""
    revoke_session(desk.session, desk.actor, desk.user.id, session_id, desk.now)
    return go_to(desk.container, _HERE, done="signed_out")


@router.post("/account/sessions/revoke")
def sign_out_elsewhere(desk: SignedIn) -> Response:
    """Sign out of every browser but this one."""
    revoke_all(desk.session, desk.actor, desk.user.id, desk.now, but=desk.signed_in.id)
    return go_to(desk.container, _HERE, done="signed_out")


def _account(
    desk: Desk, status: int = 200, *, done: str = "", typed: str | None = None, wrong: str = ""
) -> Response:
    limits = session_limits(desk.container.settings)
    return page(
        desk,
        "account.html",
        status,
        sessions=sessions_of(desk.session, limits, desk.now, desk.user.id),
        roles=[ROLES_IN_WORDS[role] for role in desk.user.roles],
        typed=desk.user.name if typed is None else typed,
        wrong=wrong,
        done=done,
    )
