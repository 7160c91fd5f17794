"""Passkeys at the desk: add and remove one's own, and sign in with one.

A script asks for what the browser's authenticator is to sign; its answer comes with a form.
"""

from typing import Annotated, Final

import orjson
from fastapi import APIRouter, Form, Request, Response

from app.access.passkeys import (
    RelyingParty,
    add_passkey,
    ask_for_any,
    ask_for_new,
    relying_party,
    remove_passkey,
    use_passkey,
)
from app.api.deps import ContainerDep, NowDep, SessionDep
from app.container import Container
from app.desk.account import account_page, passkey_name
from app.desk.cookies import CHALLENGE, drop_cookie, keep_challenge, local_place, read_cookie
from app.desk.deps import Desk, SignedIn, browser_of
from app.desk.frame import HEADERS, go_to
from app.desk.sign_in import enter, sign_in_form
from app.errors import AppError, Gone, InvalidInput, NotFound, TooMany, WrongState
from app.pages.language import gettext, message_of
from app.publication.publication import get_publication

router = APIRouter()

_ACCOUNT: Final = "/desk/account"


@router.post("/sign-in-by-passkey/options")
def ask_any(
    request: Request, container: ContainerDep, session: SessionDep, now: NowDep
) -> Response:
    """Return what the browser picks a passkey by; 429 past the limits of the network."""
    try:
        # First of all: it asks Valkey, which nobody does while a transaction is open.
        container.signup_guard.admit_network(request.client.host if request.client else None)
    except TooMany as error:
        often = gettext("This was tried too often from your network. Please try again later.")
        return _problem(often, error)
    secret, options = ask_for_any(session, _party(container), now)
    return _options(container, secret, options)


@router.post("/sign-in-by-passkey")
def sign_in(
    request: Request,
    container: ContainerDep,
    session: SessionDep,
    now: NowDep,
    answer: Annotated[str, Form()] = "",
    wanted: Annotated[str, Form()] = "",
) -> Response:
    """Sign in, and go to where somebody wanted; what cannot be verified says so."""
    secret = read_cookie(request, container.settings, CHALLENGE)
    party, browser = _party(container), browser_of(request)
    try:
        user, cookie = use_passkey(session, secret, answer, party, browser, now)
    except (Gone, NotFound, InvalidInput) as error:
        place, sentence = local_place(wanted), message_of(error)
        return sign_in_form(container, session, error.status, wanted=place, refused=sentence)
    entered = enter(container, user, cookie, wanted)
    drop_cookie(entered, container.settings, CHALLENGE)
    return entered


@router.api_route("/sign-in-by-passkey", methods=["GET", "HEAD"])
def sign_in_again(container: ContainerDep) -> Response:
    """Lead who comes back to an answer of this address to where one signs in."""
    return go_to(container, "/desk/sign-in")


@router.post("/account/passkeys/options")
def ask_new(desk: SignedIn) -> Response:
    """Return what the browser makes a passkey by; 409 where there are too many."""
    site = get_publication(desk.session).name
    party = _party(desk.container)
    try:
        asked = ask_for_new(desk.session, desk.user, desk.signed_in.id, party, site, desk.now)
    except WrongState as error:
        return _problem(message_of(error), error)
    return _options(desk.container, *asked)


@router.post("/account/passkeys")
def add(
    desk: SignedIn,
    request: Request,
    answer: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
) -> Response:
    """Keep a new passkey; the account's page says why one is not kept."""
    party = _party(desk.container)
    secret = read_cookie(request, desk.container.settings, CHALLENGE)
    named = name if name.strip() else passkey_name(desk)
    try:
        add_passkey(
            desk.session,
            desk.actor,
            desk.user.id,
            desk.signed_in.id,
            secret,
            answer,
            named,
            party,
            desk.now,
        )
    except (Gone, InvalidInput, WrongState) as error:
        return account_page(desk, error.status, refused=message_of(error))
    added = _to_account(desk, "passkey_added")
    drop_cookie(added, desk.container.settings, CHALLENGE)
    return added


@router.api_route("/account/passkeys", methods=["GET", "HEAD"])
def account_again(desk: SignedIn) -> Response:
    """Lead who comes back to an answer of this address to their account."""
    return go_to(desk.container, _ACCOUNT)


@router.post("/account/passkeys/{passkey_id:id}/remove")
def remove(desk: SignedIn, passkey_id: int) -> Response:
    """Remove one of one's own passkeys; a link by mail always works."""
    remove_passkey(desk.session, desk.actor, desk.user.id, passkey_id, desk.now)
    return _to_account(desk, "passkey_removed")


def _to_account(desk: Desk, done: str) -> Response:
    return go_to(desk.container, _ACCOUNT, done=done)


def _party(container: Container) -> RelyingParty:
    """Return where passkeys are good; NotFound where the desk is reached by a number."""
    party = relying_party(container.settings.base_url)
    if party is None:
        raise NotFound("Passkeys need a host with a name.")
    return party


def _options(container: Container, secret: str, options: str) -> Response:
    answer = Response(options, media_type="application/json", headers=HEADERS)
    keep_challenge(answer, container.settings, secret)
    return answer


def _problem(sentence: str, error: AppError) -> Response:
    """Return a sentence that the script shows."""
    body = orjson.dumps({"sentence": sentence})
    headers = HEADERS | error.headers
    return Response(body, error.status, media_type="application/json", headers=headers)
