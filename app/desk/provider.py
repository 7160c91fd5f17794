"""Signing in at the desk by an OpenID Connect provider: off to it, and back."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from app.access.challenges import OVER, make_challenge, spend_challenge
from app.access.identities import (
    NobodyHere,
    newcomers_of,
    remove_identity,
    sign_in_proven,
)
from app.access.provider import Provider, address_to_sign_in, is_ours, prove, provider_of
from app.api.deps import ContainerDep, NowDep, SessionDep
from app.container import Container
from app.db.session import transaction
from app.desk.cookies import (
    CHALLENGE,
    PLACE,
    drop_cookie,
    keep_challenge,
    keep_place,
    local_place,
    read_cookie,
)
from app.desk.deps import SignedIn, browser_of
from app.desk.frame import bare_page, go_to
from app.desk.sign_in import enter, sign_in_form
from app.errors import Gone, InvalidInput, NotFound, TooMany, Unavailable
from app.models import ChallengeKind
from app.pages.language import gettext, message_of
from app.publication.publication import get_publication

router = APIRouter()


@router.post("/sign-in-by-provider")
def leave(
    request: Request,
    container: ContainerDep,
    session: SessionDep,
    now: NowDep,
    wanted: Annotated[str, Form()] = "",
) -> Response:
    """Show a page that leads on to the provider by itself.

    It is no redirect: the policy of the page with the form lets no form lead off this site.
    """
    provider = _provider(container)
    shown = {"wanted": local_place(wanted)}
    try:
        # They ask Valkey and the provider, which nobody does while a transaction is open.
        container.signup_guard.admit_network(request.client.host if request.client else None)
        with transaction(container.sessions) as asking:
            secret = make_challenge(asking, ChallengeKind.PROVIDER, now)
        address = address_to_sign_in(provider, secret)
    except TooMany as error:
        often = gettext("This was tried too often from your network. Please try again later.")
        answer = sign_in_form(container, session, 429, refused=often, **shown)
        answer.headers.update(error.headers)
        return answer
    except Unavailable as error:
        return sign_in_form(container, session, 503, refused=message_of(error), **shown)
    name = get_publication(session).name
    answer = bare_page(
        container, "sign_in_leave.html", name=name, address=address, host=provider.host
    )
    keep_challenge(answer, container.settings, secret)
    keep_place(answer, container.settings, wanted)
    return answer


@router.get("/sign-in-by-provider/back")
def come_back(
    request: Request,
    container: ContainerDep,
    session: SessionDep,
    now: NowDep,
    state: str = "",
    code: str = "",
    iss: str = "",
) -> Response:
    """Sign in whom the provider sends back, and go to where they wanted; else say why not."""
    provider, settings = _provider(container), container.settings
    try:
        # The session comes last: the provider is asked while no transaction is open.
        secret = read_cookie(request, settings, CHALLENGE)
        _spend(container, secret, state, now)
        proven = prove(provider, secret, code, iss, now)
        user, cookie = sign_in_proven(
            session, proven, newcomers_of(settings), browser_of(request), now
        )
    except (Gone, InvalidInput, NobodyHere, Unavailable) as error:
        wanted = read_cookie(request, settings, PLACE)
        return sign_in_form(
            container, session, error.status, wanted=local_place(wanted), refused=message_of(error)
        )
    answer = enter(container, user, cookie, read_cookie(request, settings, PLACE))
    for name in (CHALLENGE, PLACE):
        drop_cookie(answer, settings, name)
    return answer


@router.api_route("/sign-in-by-provider", methods=["GET", "HEAD"])
def leave_again(container: ContainerDep) -> Response:
    """Lead who comes back to an answer of this address to where one signs in."""
    return go_to(container, "/desk/sign-in")


@router.post("/account/identities/{identity_id:id}/remove")
def unbind(desk: SignedIn, identity_id: int) -> Response:
    """Unbind one's own account from whom one is at the provider."""
    remove_identity(desk.session, desk.actor, desk.user.id, identity_id, desk.now)
    return go_to(desk.container, "/desk/account", done="unbound")


def _spend(container: Container, secret: str, state: str, now: datetime) -> None:
    """Use up the challenge of a browser that was sent off; Gone where it was not, or is late."""
    if not is_ours(secret, state):
        raise Gone(OVER)
    with transaction(container.sessions) as spending:
        spend_challenge(spending, ChallengeKind.PROVIDER, secret, now)


def _provider(container: Container) -> Provider:
    provider = provider_of(container.settings)
    if provider is None:
        raise NotFound("No provider is set here.")
    return provider
