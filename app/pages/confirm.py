"""`/confirm/…` and `/address/…`: a page with one button, because link scanners open every link."""

from fastapi import APIRouter, Response

from app.pages.coming import coming, followed
from app.pages.deps import ContainerDep, NowDep, OriginDep, SessionDep
from app.pages.language import prefer
from app.pages.render import private_page, site_of
from app.pages.teasers import teaser_for
from app.readers.current import subscriber_id_of
from app.readers.new_address import NEW_ADDRESS_WITHIN, letter_id_of, take_new_address
from app.readers.signup import CONFIRM_WITHIN, confirm, who_may_confirm
from app.tokens import Purpose

router = APIRouter()


@router.api_route("/confirm/{token}", methods=["GET", "HEAD"])
def ask(token: str, container: ContainerDep, session: SessionDep, now: NowDep) -> Response:
    """Show the page with the button, or why it would not work; change nothing."""
    subject = container.signer.read(Purpose.CONFIRM, token, now=now, good_for=CONFIRM_WITHIN)
    reader = who_may_confirm(session, subscriber_id_of(session, subject), subject.made_at)
    prefer(reader.language)  # as the mail that the link stands in
    return private_page("confirm.html", site=site_of(session, container.settings))


@router.post("/confirm/{token}")
def confirm_reader(
    token: str, container: ContainerDep, session: SessionDep, now: NowDep, origin: OriginDep
) -> Response:
    """Confirm the reader, and say so; a second time only say so."""
    subject = container.signer.read(Purpose.CONFIRM, token, now=now, good_for=CONFIRM_WITHIN)
    subscriber_id = subscriber_id_of(session, subject)
    reader = confirm(session, subscriber_id, now, origin, made_at=subject.made_at)
    prefer(reader.language)
    site = site_of(session, container.settings)
    own = container.signer.sign(Purpose.PREFERENCES, reader.public_id, now=now)
    return private_page(
        "confirmed.html",
        site=site,
        coming=coming(session, reader, now),
        followed=followed(session, reader),
        own=f"{site.root}/preferences/{own}",
        teaser=teaser_for(session, site, reader),
    )


@router.api_route("/address/{token}", methods=["GET", "HEAD"])
def ask_new(token: str, container: ContainerDep, session: SessionDep, now: NowDep) -> Response:
    """Show the page with the button; it changes nothing."""
    subject = container.signer.read(
        Purpose.NEW_ADDRESS, token, now=now, good_for=NEW_ADDRESS_WITHIN
    )
    letter_id_of(session, subject)
    return private_page("new_address.html", site=site_of(session, container.settings))


@router.post("/address/{token}")
def change_address(
    token: str, container: ContainerDep, session: SessionDep, now: NowDep, origin: OriginDep
) -> Response:
    """Move the reader to the new address, and say so; a second time only say so."""
    subject = container.signer.read(
        Purpose.NEW_ADDRESS, token, now=now, good_for=NEW_ADDRESS_WITHIN
    )
    reader = take_new_address(
        session, letter_id_of(session, subject), container.pepper, now, origin
    )
    site = site_of(session, container.settings)
    own = container.signer.sign(Purpose.PREFERENCES, reader.public_id, now=now)
    return private_page(
        "moved.html",
        site=site,
        address=reader.address,
        own=f"{site.root}/preferences/{own}",
        coming=coming(session, reader, now),
    )
