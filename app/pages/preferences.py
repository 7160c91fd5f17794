"""`/preferences/…`: what a reader gets, changed, downloaded or erased by whoever holds their link.

`/preferences` sends that link, for who has no mail of ours at hand.
"""

from datetime import datetime
from typing import Annotated, Final

import orjson
from fastapi import APIRouter, Depends, Form, Request, Response
from sqlalchemy.orm import Session

from app.addresses import Address, parse_address
from app.container import Container
from app.errors import AppError, InvalidInput, TooMany
from app.models import Subscriber
from app.pages.deps import ContainerDep, NowDep, OriginDep, SessionDep
from app.pages.language import gettext, message_of
from app.pages.machines import is_known_person
from app.pages.own import made_at, own_page, reader_of
from app.pages.own_form import PreferencesForm, Sent, changes_of, checked
from app.pages.render import PRIVATE, private_page, public_page, site_of
from app.readers.clicks import note_opening, refuse_tracking
from app.readers.consent import Origin
from app.readers.erasure import erase
from app.readers.links import request_link
from app.readers.new_address import ask_new_address, withdraw_new_address
from app.readers.own_data import own_data
from app.readers.signup import return_reader
from app.readers.subscribers import change_preferences

router = APIRouter()


@router.api_route("/preferences/{token}", methods=["GET", "HEAD"])
def show(
    request: Request, token: str, container: ContainerDep, session: SessionDep, now: NowDep
) -> Response:
    """Show what is chosen now, in one form; it changes nothing of that."""
    reader = reader_of(session, container.signer, token, now)
    if request.method == "GET" and is_known_person(request.headers):
        note_opening(session, reader.id, made_at(container.signer, token, now), now)
    return own_page(session, container, reader, token, now)


@router.post("/preferences/{token}")
def save(
    request: Request,
    token: str,
    container: ContainerDep,
    session: SessionDep,
    now: NowDep,
    origin: OriginDep,
    sent: Annotated[Sent, Depends()],
) -> Response:
    """Save all of it or nothing; show what was saved, or 422 and the form as it was sent.

    A new address is written to; the page is the same whatever we know of it. It passes the limits
    that sign-ups pass.
    """
    client = request.client.host if request.client else None
    asked = _admitted(container, sent.address.strip(), client)  # asks Valkey: no transaction yet
    reader = reader_of(session, container.signer, token, now, lock=True)
    if isinstance(asked, Address) and asked.key == reader.address_key:
        asked = None  # a browser filled in what they have already
    chosen = checked(session, reader, sent, now)
    if isinstance(asked, AppError):
        chosen = chosen.but("address", message_of(asked))
    elif asked and not chosen.wrong:
        try:
            ask_new_address(session, reader, asked, container.pepper, now)
        except (InvalidInput, TooMany) as error:
            chosen = chosen.but("address", message_of(error))
    if chosen.wrong:
        return own_page(session, container, reader, token, now, chosen=chosen)
    _keep(session, reader, chosen, now, origin)
    done = [gettext("Saved. It holds for every issue that comes out from now on.")]
    if isinstance(asked, Address):
        done.append(
            gettext("A mail with a link is on its way to %(address)s.") % {"address": asked.text}
        )
    return own_page(session, container, reader, token, now, done=done)


@router.post("/preferences/{token}/back")
def reactivate(
    token: str, container: ContainerDep, session: SessionDep, now: NowDep, origin: OriginDep
) -> Response:
    """Make active again who has left or has not confirmed: it is their own link."""
    reader = reader_of(session, container.signer, token, now, lock=True)
    back = return_reader(session, reader.id, now, origin)
    return own_page(session, container, back, token, now, done=[gettext("You are in.")])


def _admitted(container: Container, typed: str, client: str | None) -> Address | AppError | None:
    """Return the address that was typed, or why nobody there is written to; None for none."""
    if not typed:
        return None
    try:
        address = parse_address(typed, allow_reserved=container.allow_reserved)
        container.signup_guard.admit(address, client)  # a mailbox's own limit holds for the Letter
    except (InvalidInput, TooMany) as error:
        return error
    return address


def _keep(
    session: Session, reader: Subscriber, chosen: PreferencesForm, now: datetime, origin: Origin
) -> None:
    """Write all that the form says, but for a new address."""
    changes = changes_of(session, reader, chosen, now)
    change_preferences(session, None, reader.id, changes, now, origin)
    if chosen.withdraw:
        withdraw_new_address(session, reader.id, now)
    if chosen.refuse_clicks != reader.refuses_tracking:
        refuse_tracking(session, reader, now, refuses=chosen.refuse_clicks)


_DATA_HEADERS: Final = PRIVATE | {
    "Content-Security-Policy": "default-src 'none'",
    "Content-Disposition": 'attachment; filename="my-data.json"',
}


@router.api_route("/preferences/{token}/data", methods=["GET", "HEAD"])
def download(token: str, container: ContainerDep, session: SessionDep, now: NowDep) -> Response:
    """Return all that is stored of this reader, as a JSON file."""
    reader = reader_of(session, container.signer, token, now)
    data = orjson.dumps(own_data(session, reader, now), option=orjson.OPT_INDENT_2)
    return Response(data, media_type="application/json", headers=_DATA_HEADERS)


@router.api_route("/preferences/{token}/erase", methods=["GET", "HEAD"])
def ask_to_erase(token: str, container: ContainerDep, session: SessionDep, now: NowDep) -> Response:
    """Show what erasing means, and its one button; it changes nothing."""
    reader_of(session, container.signer, token, now)
    site = site_of(session, container.settings)
    return private_page("erase.html", site=site, base=f"{site.root}/preferences/{token}")


@router.post("/preferences/{token}/erase")
def erase_reader(
    token: str, container: ContainerDep, session: SessionDep, now: NowDep, origin: OriginDep
) -> Response:
    """Erase at once; the link stops working afterwards."""
    reader = reader_of(session, container.signer, token, now, lock=True)
    erase(session, None, reader.id, now, origin)
    return private_page("erased.html", site=site_of(session, container.settings))


@router.api_route("/preferences", methods=["GET", "HEAD"])
def ask_for_link(request: Request, container: ContainerDep, session: SessionDep) -> Response:
    """Show where the link is, and a form to have it sent."""
    site = site_of(session, container.settings)
    return public_page(request, "ask_link.html", site=site, wrong="", typed="")


@router.post("/preferences")
def send_link(
    request: Request,
    container: ContainerDep,
    session: SessionDep,
    now: NowDep,
    address: Annotated[str, Form()] = "",
) -> Response:
    """Answer 202 and the same page whatever is known of the address; 422 if it is none.

    A worker finds out later whether the address is known.
    """
    client = request.client.host if request.client else None
    try:
        asked = request_link(session, container.signup_guard, address, client, now)
    except InvalidInput as error:
        sentence = message_of(error) if address.strip() else gettext("Please type an address.")
        site = site_of(session, container.settings)
        return private_page("ask_link.html", 422, site=site, wrong=sentence, typed=address)
    site = site_of(session, container.settings)
    return private_page("link_sent.html", 202, site=site, address=asked.text)
