"""`/desk/people`: who works here; admins add people, give roles and take both away."""

from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Form, Response

from app.access.identities import identities_of, remove_identity
from app.access.passkeys import passkeys_of, remove_passkey
from app.access.sessions import revoke_all, revoke_session, session_limits, sessions_of
from app.access.sign_in import send_link
from app.access.users import add_user, all_users, change_user, get_user, remove_user
from app.addresses import parse_address
from app.desk.deps import Desk, needs
from app.desk.forms import Number
from app.desk.frame import Crumb, go_to, page
from app.desk.roles import ROLES_IN_WORDS
from app.desk.verbs import name_in_words
from app.enums import Scope
from app.errors import AlreadyExists, AppError, FieldError, InvalidInput, Stale, WrongState
from app.pages.language import N_, gettext, languages, listing, message_of

router = APIRouter()

Admin = Annotated[Desk, needs(Scope.ADMIN)]
Roles = Annotated[list[str], Form()]

_HERE: Final = "/desk/people"
_CRUMBS: Final[tuple[Crumb, ...]] = ((N_("Settings"), _HERE), (N_("People"), _HERE))
_EMPTY: Final[Mapping[str, object]] = {
    "name": "",
    "address": "",
    "roles": [],
    "language": "",
}


@router.api_route("/people", methods=["GET", "HEAD"])
def people(desk: Admin, done: str = "") -> Response:
    """Show who works here, and a form to add somebody."""
    return _people(desk, done=done)


@router.post("/people")
def add(
    desk: Admin,
    name: Annotated[str, Form()] = "",
    address: Annotated[str, Form()] = "",
    roles: Roles = [],  # noqa: B006 - FastAPI copies it
    language: Annotated[str, Form()] = "",
) -> Response:
    """Add a person and send them a link; 422 and the form where something must be changed."""
    try:
        parsed = parse_address(address, allow_reserved=desk.container.allow_reserved)
        user = add_user(desk.session, desk.actor, name, parsed, roles, desk.now, language)
    except (InvalidInput, AlreadyExists) as error:
        typed = {"name": name, "address": address, "roles": roles, "language": language}
        return _people(desk, 422, typed=typed, wrong=at_fields(error))
    is_sent = send_link(desk.session, desk.actor, user.id, desk.container.pepper, desk.now)
    return _to(desk, user.id, "added" if is_sent else "barred")


@router.api_route("/people/{user_id:id}", methods=["GET", "HEAD"])
def person(desk: Admin, user_id: int, done: str = "") -> Response:
    """Show one person: their roles, and where they are signed in."""
    return _person(desk, user_id, done=done)


@router.post("/people/{user_id:id}")
def change(
    desk: Admin,
    user_id: int,
    name: Annotated[str, Form()] = "",
    roles: Roles = [],  # noqa: B006 - FastAPI copies it
    version: Number = 0,
    language: Annotated[str, Form()] = "",
) -> Response:
    """Give a person another name, language or other roles; 422 and the form where that cannot be.

    412 and what was typed where somebody changed them since the form was shown.
    """
    typed = {"name": name, "roles": roles, "language": language}
    by = (desk.session, desk.actor, user_id, desk.now)
    try:
        change_user(*by, name=name, roles=roles, language=language, expected={version})
    except Stale as error:
        return _person(
            desk, user_id, 412, typed=typed, wrong={"form": _meanwhile(desk, user_id, error)}
        )
    except (InvalidInput, WrongState) as error:
        return _person(desk, user_id, 422, typed=typed, wrong=at_fields(error))
    return _to(desk, user_id, "saved") if user_id != desk.user.id else go_home(desk)


@router.post("/people/{user_id:id}/link")
def link(desk: Admin, user_id: int) -> Response:
    """Send a person a link to sign in."""
    is_sent = send_link(desk.session, desk.actor, user_id, desk.container.pepper, desk.now)
    return _to(desk, user_id, "sent" if is_sent else "barred")


@router.post("/people/{user_id:id}/sign-out")
def sign_out(desk: Admin, user_id: int) -> Response:
    """Sign a person out everywhere."""
    revoke_all(desk.session, desk.actor, user_id, desk.now)
    return _to(desk, user_id, "signed_out")


@router.post("/people/{user_id:id}/sessions/{session_id:id}/revoke")
def sign_out_there(desk: Admin, user_id: int, session_id: int) -> Response:
    """Sign a person out of one browser."""
    revoke_session(desk.session, desk.actor, user_id, session_id, desk.now)
    return _to(desk, user_id, "signed_out")


@router.post("/people/{user_id:id}/passkeys/{passkey_id:id}/remove")
def remove_their_passkey(desk: Admin, user_id: int, passkey_id: int) -> Response:
    """Remove a passkey of a person, as when its device was lost."""
    remove_passkey(desk.session, desk.actor, user_id, passkey_id, desk.now)
    return _to(desk, user_id, "passkey_removed")


@router.post("/people/{user_id:id}/identities/{identity_id:id}/remove")
def unbind(desk: Admin, user_id: int, identity_id: int) -> Response:
    """Unbind a person from whom they are at a provider."""
    remove_identity(desk.session, desk.actor, user_id, identity_id, desk.now)
    return _to(desk, user_id, "unbound")


@router.post("/people/{user_id:id}/remove")
def remove(desk: Admin, user_id: int) -> Response:
    """Remove a person; the last admin stays."""
    try:
        remove_user(desk.session, desk.actor, user_id, desk.now)
    except WrongState as error:
        return _person(desk, user_id, 409, wrong=at_fields(error))
    return go_to(desk.container, _HERE, done="removed")


def _meanwhile(desk: Desk, user_id: int, error: Stale) -> str:
    """Return who changed a person meanwhile, and how they are now."""
    user = get_user(desk.session, user_id)
    roles = [gettext(ROLES_IN_WORDS[role].name) for role in user.roles]
    return gettext(
        "%(who)s changed this after you opened it: it is %(name)s, %(roles)s now. Below stands what"
        " you typed. Save it again if it still holds."
    ) % {
        "who": name_in_words(error.changes[-1].who) if error.changes else gettext("Somebody"),
        "name": user.name,
        "roles": listing(roles),
    }


def at_fields(error: AppError) -> dict[str, str]:
    """Return the sentence of an error by the field that it is about, else by `form`."""
    sentence = message_of(error)
    places: tuple[FieldError, ...] = error.errors
    return {place.pointer.removeprefix("/"): sentence for place in places} or {"form": sentence}


def go_home(desk: Desk) -> Response:
    """Lead a person who changed their own roles to where they may still be."""
    return go_to(desk.container, "/desk/account", done="saved")


def _people(
    desk: Desk,
    status: int = 200,
    *,
    typed: Mapping[str, object] = _EMPTY,
    wrong: Mapping[str, str] | None = None,
    done: str = "",
) -> Response:
    limits = session_limits(desk.container.settings)
    return page(
        desk,
        "people.html",
        status,
        users=all_users(desk.session),
        n_sessions=Counter(one.user_id for one in sessions_of(desk.session, limits, desk.now)),
        roles=ROLES_IN_WORDS,
        languages=languages(),
        typed=typed,
        wrong=wrong or {},
        done=done,
    )


def _person(
    desk: Desk,
    user_id: int,
    status: int = 200,
    *,
    typed: Mapping[str, object] | None = None,
    wrong: Mapping[str, str] | None = None,
    done: str = "",
) -> Response:
    user = get_user(desk.session, user_id)
    limits = session_limits(desk.container.settings)
    return page(
        desk,
        "person.html",
        status,
        crumbs=_CRUMBS,
        person=user,
        sessions=sessions_of(desk.session, limits, desk.now, user_id),
        passkeys=passkeys_of(desk.session, user_id),
        identities=identities_of(desk.session, user_id),
        roles=ROLES_IN_WORDS,
        typed=typed or {"name": user.name, "roles": user.roles, "language": user.language},
        languages=languages(),
        wrong=wrong or {},
        done=done,
    )


def _to(desk: Desk, user_id: int, done: str) -> Response:
    return go_to(desk.container, f"{_HERE}/{user_id}", done=done)
