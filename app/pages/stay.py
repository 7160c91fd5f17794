"""`/stay/…`: a page with one button, since link scanners open every link and must keep nobody."""

from fastapi import APIRouter, Response

from app.pages.coming import coming
from app.pages.deps import ContainerDep, NowDep, SessionDep
from app.pages.language import prefer
from app.pages.render import private_page, site_of
from app.readers.sunset import stay, who_may_stay
from app.tokens import Purpose

router = APIRouter()


@router.api_route("/stay/{token}", methods=["GET", "HEAD"])
def ask(token: str, container: ContainerDep, session: SessionDep, now: NowDep) -> Response:
    """Show the page with the button, or why it would not work; change nothing."""
    reader = who_may_stay(session, container.signer.read(Purpose.STAY, token, now=now))
    prefer(reader.language)  # as the mail that the link stands in
    return private_page("stay.html", site=site_of(session, container.settings))


@router.post("/stay/{token}")
def answer(token: str, container: ContainerDep, session: SessionDep, now: NowDep) -> Response:
    """Let the reader stay, and say what comes next; a second time only say so."""
    reader = stay(session, container.signer.read(Purpose.STAY, token, now=now), now)
    prefer(reader.language)
    site = site_of(session, container.settings)
    own = container.signer.sign(Purpose.PREFERENCES, reader.public_id, now=now)
    return private_page(
        "staying.html",
        site=site,
        coming=coming(session, reader, now),
        own=f"{site.root}/preferences/{own}",
    )
