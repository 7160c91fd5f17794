"""A reader's change of address: asked for on their page, confirmed by a press at the new one."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from app.addresses import parse_address
from app.errors import AppError, InvalidInput, TooMany
from app.pages.deps import ContainerDep, NowDep, OriginDep, SessionDep
from app.pages.language import gettext, said_of
from app.pages.own import Said, own_page, reader_of
from app.pages.render import private_page, site_of
from app.readers.new_address import (
    NEW_ADDRESS_WITHIN,
    ask_new_address,
    letter_id_of,
    take_new_address,
    withdraw_new_address,
)
from app.tokens import Purpose

router = APIRouter()


@router.post("/preferences/{token}/address")
def ask_for(
    request: Request,
    token: str,
    container: ContainerDep,
    session: SessionDep,
    now: NowDep,
    address: Annotated[str, Form()] = "",
) -> Response:
    """Writes to the new address; the page is the same whatever we know of it.

    It passes the limits that sign-ups pass.
    """
    client = request.client.host if request.client else None
    refused: AppError | None = None
    try:
        parsed = parse_address(address, allow_reserved=container.allow_reserved)
        container.door.admit(parsed, client)  # a mailbox's own limit holds for the Letter
    except (InvalidInput, TooMany) as error:
        refused = error
    reader = reader_of(session, container.signer, token, now, lock=True)
    try:
        if refused is not None:
            raise refused
        ask_new_address(session, reader, parsed, container.pepper, now)
    except (InvalidInput, TooMany) as error:
        sentence = said_of(error) if address.strip() else gettext("Please type an address.")
        said = Said(wrong={"address": sentence}, typed=address)
        return own_page(session, container, reader, token, now, said=said)
    done = gettext("A mail with a link is on its way to %(address)s.") % {"address": parsed.text}
    return own_page(session, container, reader, token, now, said=Said(done=done))


@router.post("/preferences/{token}/address/withdraw")
def withdraw(token: str, container: ContainerDep, session: SessionDep, now: NowDep) -> Response:
    """Forgets the new address; the link that was sent there is good for nothing."""
    reader = reader_of(session, container.signer, token, now, lock=True)
    withdraw_new_address(session, reader.id, now)
    said = Said(done=gettext("Saved. Your mail goes on coming to the address you have."))
    return own_page(session, container, reader, token, now, said=said)


@router.api_route("/address/{token}", methods=["GET", "HEAD"])
def ask(token: str, container: ContainerDep, session: SessionDep, now: NowDep) -> Response:
    """The page with the button; it changes nothing."""
    named = container.signer.read(Purpose.NEW_ADDRESS, token, now=now, good_for=NEW_ADDRESS_WITHIN)
    letter_id_of(session, named)
    return private_page("new_address.html", site=site_of(session, container.settings))


@router.post("/address/{token}")
def take(
    token: str, container: ContainerDep, session: SessionDep, now: NowDep, origin: OriginDep
) -> Response:
    """Moves the reader to the new address, and says so; a second time it only says so."""
    named = container.signer.read(Purpose.NEW_ADDRESS, token, now=now, good_for=NEW_ADDRESS_WITHIN)
    reader = take_new_address(session, letter_id_of(session, named), container.pepper, now, origin)
    site = site_of(session, container.settings)
    own = container.signer.sign(Purpose.PREFERENCES, reader.public_id, now=now)
    return private_page(
        "moved.html", site=site, address=reader.address, own=f"{site.root}/preferences/{own}"
    )
