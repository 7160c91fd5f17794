"""`/editions/{public_id}`: a frozen mail, shown in the browser without its reader."""

from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy import select

from app.errors import NotFound
from app.models import Edition
from app.pages.deps import ContainerDep, SessionDep
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
    """The Edition as it was mailed, with nobody's address and nobody's leave link."""
    html = session.scalar(select(Edition.html).where(Edition.public_id == public_id))
    if html is None:
        raise NotFound("There is no such edition here.")
    shown = html_without_reader(html, container.settings.base_url)
    return public_answer(request, shown.encode(), "text/html", _HEADERS)
