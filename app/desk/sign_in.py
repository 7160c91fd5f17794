"""`/desk/sign-in`: have a link sent, and sign in with it; `/desk/sign-out`.

Opening a link changes nothing, since programs open every link of a mail; its button does.
"""

from contextlib import suppress
from datetime import datetime
from typing import Annotated, Any, Final

import structlog
from fastapi import APIRouter, Form, Request, Response
from sqlalchemy.orm import Session

from app.access.passkeys import relying_party
from app.access.provider import provider_of
from app.access.sessions import revoke_session
from app.access.sign_in import ASKED_GOOD_FOR, check_link, use_link
from app.api.deps import ContainerDep, NowDep, SessionDep
from app.container import Container
from app.desk.cookies import (
    PLACE,
    SESSION,
    drop_cookie,
    keep_place,
    local_place,
    read_cookie,
    set_cookie,
)
from app.desk.deps import NotSignedIn, SignedIn, browser_of, signed_in
from app.desk.frame import bare_page, go_to, with_scripts
from app.enums import AskKind
from app.errors import Gone, InvalidInput, NotFound, TooMany
from app.models import User
from app.pages.language import gettext, message_of
from app.pages.negotiate import asked_of_mails
from app.publication.publication import get_publication
from app.readers.links import request_link

router = APIRouter()

_DAY_SECONDS: Final = 24 * 3600

_log = structlog.get_logger(__name__)


@router.api_route("/sign-in", methods=["GET", "HEAD"])
def ask(
    request: Request,
    container: ContainerDep,
    session: SessionDep,
    now: NowDep,
    next: str = "",  # noqa: A002 - what every sign-in page calls it
) -> Response:
    """Show the form for a link; who is signed in already goes on to where they wanted."""
    try:
        signed_in(request, container, session, now)
    except NotSignedIn:
        return sign_in_form(container, session, wanted=local_place(next))
    return go_to(container, local_place(next))


@router.post("/sign-in")
def take(
    request: Request,
    container: ContainerDep,
    session: SessionDep,
    now: NowDep,
    address: Annotated[str, Form()] = "",
    wanted: Annotated[str, Form()] = "",
) -> Response:
    """202 and the same page whoever works here; 422 and the form if it is no address.

    It passes the limits that sign-ups pass; a worker looks whether the address is known.
    """
    client = request.client.host if request.client else None
    typed: dict[str, Any] = {"wanted": local_place(wanted), "typed": address}
    try:
        # First of all: it asks Valkey, which nobody does while a transaction is open.
        guard = container.signup_guard
        kind, language = AskKind.SIGN_IN, asked_of_mails(request)
        parsed = request_link(session, guard, address, client, now, kind, language)
    except InvalidInput as error:
        wrong = message_of(error) if address.strip() else gettext("Please type an address.")
        return sign_in_form(container, session, 422, wrong=wrong, **typed)
    except TooMany as error:
        often = gettext("Links were asked for too often from your network. Please try again later.")
        answer = sign_in_form(container, session, 429, refused=often, **typed)
        answer.headers.update(error.headers)
        return answer
    minutes = int(ASKED_GOOD_FOR.total_seconds() // 60)
    shown: dict[str, Any] = {"address": parsed.text, "minutes": minutes}
    name = get_publication(session).name
    answer = bare_page(container, "sign_in_sent.html", 202, name=name, **shown)
    keep_place(answer, container.settings, wanted)
    return answer


@router.api_route("/sign-in/{secret}", methods=["GET", "HEAD"])
def open_link(
    secret: str, request: Request, container: ContainerDep, session: SessionDep, now: NowDep
) -> Response:
    """Show the page with the button, or why it would not work; change nothing.

    Who is signed in already needs no link, and is led on.
    """
    try:
        check_link(session, secret, now)
    except (Gone, NotFound) as error:
        return _refuse(request, container, session, now, error)
    name = get_publication(session).name
    return bare_page(container, "sign_in_link.html", name=name, secret=secret)


@router.post("/sign-in/{secret}")
def press(
    secret: str, request: Request, container: ContainerDep, session: SessionDep, now: NowDep
) -> Response:
    """Sign in, once, and go to where somebody wanted; a link that is good no more says so."""
    try:
        user, cookie = use_link(session, secret, browser_of(request), now)
    except (Gone, NotFound) as error:
        _log.info("sign_in_refused", why=error.code)
        return _refuse(request, container, session, now, error)
    wanted = read_cookie(request, container.settings, PLACE)
    answer = enter(container, user, cookie, wanted)
    drop_cookie(answer, container.settings, PLACE)
    return answer


@router.post("/sign-out")
def sign_out(desk: SignedIn) -> Response:
    """End this session, and lead to where one can sign in again."""
    revoke_session(desk.session, desk.actor, desk.user.id, desk.signed_in.id, desk.now)
    answer = go_to(desk.container, "/desk/sign-in")
    drop_cookie(answer, desk.container.settings, SESSION)
    return answer


def enter(container: Container, user: User, cookie: str, wanted: str) -> Response:
    """Return the answer to who has signed in: their session's cookie, and where they wanted."""
    settings = container.settings
    _log.info("signed_in", user_id=user.id)
    answer = go_to(container, local_place(wanted))
    set_cookie(answer, settings, SESSION, cookie, settings.session_days * _DAY_SECONDS)
    return answer


def _refuse(
    request: Request,
    container: Container,
    session: Session,
    now: datetime,
    error: Gone | NotFound,
) -> Response:
    """Say why a link does not work, with the form for another; a used one's owner is led on."""
    if isinstance(error, Gone):
        with suppress(NotSignedIn):
            signed_in(request, container, session, now)
            return go_to(container, local_place(read_cookie(request, container.settings, PLACE)))
    return sign_in_form(container, session, error.status, refused=message_of(error))


def sign_in_form(
    container: Container,
    session: Session,
    status: int = 200,
    *,
    wanted: str = "",
    typed: str = "",
    wrong: str = "",
    refused: str = "",
) -> Response:
    """Return the page to sign in; `refused` says why another way did not work."""
    answer = bare_page(
        container,
        "sign_in.html",
        status,
        name=get_publication(session).name,
        wanted=wanted,
        typed=typed,
        wrong=wrong,
        refused=refused,
        has_passkeys=relying_party(container.settings.base_url) is not None,
        provider=provider.host if (provider := provider_of(container.settings)) else "",
    )
    return with_scripts(answer)
