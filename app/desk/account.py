"""`/desk/account`: one's own name, roles, and where one is signed in."""

from typing import Annotated

from fastapi import APIRouter, Form, Response

from app.access.identities import identities_of
from app.access.passkeys import passkeys_of, relying_party
from app.access.sessions import revoke_all, revoke_session, session_limits, sessions_of
from app.access.users import change_user
from app.desk.agents import UNKNOWN
from app.desk.deps import Desk, SignedIn
from app.desk.frame import go_to, live_page
from app.desk.roles import ROLES_IN_WORDS
from app.errors import InvalidInput
from app.pages.language import gettext, message_of

router = APIRouter()

_HERE = "/desk/account"


@router.api_route("/account", methods=["GET", "HEAD"])
def account(desk: SignedIn, done: str = "") -> Response:
    """Show one's own account."""
    return account_page(desk, done=done)


@router.post("/account")
def rename(desk: SignedIn, name: Annotated[str, Form()] = "") -> Response:
    """Take another name; 422 and the form where it is none."""
    try:
        change_user(desk.session, desk.actor, desk.user.id, desk.now, name=name)
    except InvalidInput as error:
        return account_page(desk, 422, typed=name, wrong=message_of(error))
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


def account_page(
    desk: Desk,
    status: int = 200,
    *,
    done: str = "",
    typed: str | None = None,
    wrong: str = "",
    refused: str = "",
) -> Response:
    """Return the page of one's own account; `refused` says why a passkey was not taken."""
    settings = desk.container.settings
    limits = session_limits(settings)
    return live_page(
        desk,
        "account.html",
        status,
        passkeys=passkeys_of(desk.session, desk.user.id),
        identities=identities_of(desk.session, desk.user.id),
        has_passkeys=relying_party(settings.base_url) is not None,
        refused=refused,
        suggested=passkey_name(desk),
        sessions=sessions_of(desk.session, limits, desk.now, desk.user.id),
        roles=[ROLES_IN_WORDS[role] for role in desk.user.roles],
        typed=desk.user.name if typed is None else typed,
        wrong=wrong,
        done=done,
    )


def passkey_name(desk: Desk) -> str:
    """Return what a new passkey is called where nobody says: by the browser it is made in."""
    agent = desk.signed_in.agent
    return gettext("Passkey") if agent == UNKNOWN else agent
