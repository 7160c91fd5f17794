"""`/editions/{public_id}`: a frozen mail, shown in the browser without its reader."""

from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy import select

from app.errors import NotFound
from app.issues.categories import get_publication
from app.models import Edition
from app.pages.deps import ContainerDep, SessionDep
from app.pages.language import present
from app.pages.notes import notes_of_edition, with_notes
from app.pages.render import public_answer
from app.rendering.merge import html_without_reader

router = APIRouter()

_HEADERS: Final = {
    # A mail carries its styles in itself; it may load and do nothing else.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}


@router.api_route("/editions/{public_id:uuid}", methods=["GET", "HEAD"])
def edition_page(
    public_id: UUID, request: Request, container: ContainerDep, session: SessionDep
) -> Response:
    """The Edition as it was mailed, with nobody's address and nobody's leave link.

    After a correction it is the newest revision of it, with a dated note in the asker's language.
    """
    edition = session.scalar(
        select(Edition)
        .where(Edition.public_id == public_id, Edition.html.is_not(None))
        .order_by(Edition.revision.desc())
        .limit(1)
    )
    if edition is None:
        raise NotFound("There is no such edition here.")
    notes = notes_of_edition(session, edition)
    shown = html_without_reader(edition.html or "", container.settings.base_url)
    shown = with_notes(shown, notes)
    # A mail speaks as its publication does; only the notes above it speak to who asks.
    language = get_publication(session).language
    spoken = {language, present().code} if notes else {language}
    headers = _HEADERS | {"Content-Language": ", ".join(sorted(spoken)), "Vary": "Accept-Language"}
    return public_answer(request, shown.encode(), "text/html", headers)
