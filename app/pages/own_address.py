"""`/address/{token}`: a reader's change of address, confirmed by a press at the new one."""

from fastapi import APIRouter, Response

from app.pages.coming import coming
from app.pages.deps import ContainerDep, NowDep, OriginDep, SessionDep
from app.pages.render import private_page, site_of
from app.readers.new_address import NEW_ADDRESS_WITHIN, letter_id_of, take_new_address
from app.tokens import Purpose

router = APIRouter()


@router.api_route("/address/{token}", methods=["GET", "HEAD"])
def ask(token: str, container: ContainerDep, session: SessionDep, now: NowDep) -> Response:
    """Show the page with the button; it changes nothing."""
    named = container.signer.read(Purpose.NEW_ADDRESS, token, now=now, good_for=NEW_ADDRESS_WITHIN)
    letter_id_of(session, named)
    return private_page("new_address.html", site=site_of(session, container.settings))


@router.post("/address/{token}")
def take(
    token: str, container: ContainerDep, session: SessionDep, now: NowDep, origin: OriginDep
) -> Response:
    """Move the reader to the new address, and say so; a second time only say so."""
    named = container.signer.read(Purpose.NEW_ADDRESS, token, now=now, good_for=NEW_ADDRESS_WITHIN)
    reader = take_new_address(session, letter_id_of(session, named), container.pepper, now, origin)
    site = site_of(session, container.settings)
    own = container.signer.sign(Purpose.PREFERENCES, reader.public_id, now=now)
    return private_page(
        "moved.html",
        site=site,
        address=reader.address,
        own=f"{site.root}/preferences/{own}",
        coming=coming(session, reader, now),
    )
