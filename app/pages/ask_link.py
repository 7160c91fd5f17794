"""`/preferences`: a link to one's own preferences by mail, for who has no mail of ours at hand."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from app.addresses import parse_address
from app.errors import InvalidInput
from app.pages.deps import ContainerDep, NowDep, SessionDep
from app.pages.language import gettext, message_of
from app.pages.render import private_page, public_page, site_of
from app.readers.asks import ask_link

router = APIRouter()


@router.api_route("/preferences", methods=["GET", "HEAD"])
def ask(request: Request, container: ContainerDep, session: SessionDep) -> Response:
    """Show where the link is, and a form to have it sent."""
    site = site_of(session, container.settings)
    return public_page(request, "ask_link.html", site=site, wrong="", typed="")


@router.post("/preferences")
def take(
    request: Request,
    container: ContainerDep,
    session: SessionDep,
    now: NowDep,
    address: Annotated[str, Form()] = "",
) -> Response:
    """202 and the same page whatever we know of the address; 422 and the form if it is none.

    It passes the limits that sign-ups pass, so that nobody can be bombed through it either; a
    worker looks whether the address is known.
    """
    try:
        parsed = parse_address(address, allow_reserved=container.allow_reserved)
    except InvalidInput as error:
        sentence = message_of(error) if address.strip() else gettext("Please type an address.")
        site = site_of(session, container.settings)
        return private_page("ask_link.html", 422, site=site, wrong=sentence, typed=address)
    client = request.client.host if request.client else None
    is_limited = not container.signup_guard.admit(parsed, client)
    ask_link(session, parsed, now, is_limited=is_limited)
    site = site_of(session, container.settings)
    return private_page("link_sent.html", 202, site=site, address=parsed.text)
