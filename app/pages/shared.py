"""`/shared/{token}`: a preview for people without an account, as long as its link is good."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Response

from app.enums import Depth
from app.errors import InvalidInput, NotFound
from app.issues.preview import preview
from app.issues.shares import shared_issue
from app.pages.deps import ContainerDep, NowDep, SessionDep
from app.publication.categories import cut_of

router = APIRouter()

_HEADERS: Final = {
    # As an edition's page; and nobody keeps or lists what is not published yet.
    "Content-Security-Policy": (
        "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
        "style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}


@router.api_route("/shared/{token}", methods=["GET", "HEAD"])
def shared_page(
    token: str,
    container: ContainerDep,
    session: SessionDep,
    now: NowDep,
    categories: Annotated[str, Query(max_length=2000)] = "",
    depth: Depth = Depth.BRIEF,
) -> Response:
    """Show the edition as a made-up reader gets it; the link opens other cuts too."""
    issue = shared_issue(session, token, container.signer, now)
    slugs = [slug.strip() for slug in categories.split(",") if slug.strip()]
    try:
        follows = cut_of(session, slugs or None)
    except InvalidInput:
        raise NotFound("There is no such category any more.") from None
    made = preview(
        session,
        issue,
        container.templates,
        follows=follows,
        depth=depth,
        base_url=container.settings.base_url,
    )
    return Response(made.html, media_type="text/html", headers=_HEADERS)
