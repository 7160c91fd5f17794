"""Mails shown in the browser: as they went out, as a shared preview, and where its links lead.

Neither shows a reader's address or a link that is theirs.
"""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import ScalarSelect, or_, select
from sqlalchemy.orm import Session

from app.delivery.public import is_story_public
from app.enums import Depth
from app.errors import InvalidInput, NotFound
from app.image_sources import admit_mail_images
from app.issues.preview import preview
from app.issues.shares import shared_issue
from app.models import Category, Edition, Issue, Story
from app.pages.correction_notes import notes_of_edition, with_notes
from app.pages.deps import ContainerDep, NowDep, SessionDep
from app.pages.language import nearest, present
from app.pages.render import private_page, public_answer, root_of, site_of
from app.publication.categories import cut_of
from app.publication.publication import get_publication, look_of
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
    """Show the Edition as it was mailed, with nobody's address and nobody's leave link.

    After a correction it is the newest revision of it, with a dated note in the client's language.
    """
    edition = session.scalar(
        select(Edition)
        .join(Issue, Issue.id == Edition.issue_id)
        .where(
            Edition.public_id == public_id, Edition.html.is_not(None), Issue.public_at.is_not(None)
        )
        .order_by(Edition.revision.desc())
        .limit(1)
    )
    if edition is None:
        raise NotFound("There is no such edition here.")
    if elsewhere := _elsewhere(session, edition):
        return RedirectResponse(root_of(container.settings) + elsewhere, 303)
    notes = notes_of_edition(session, edition)
    # A mail speaks as its publication does; only the notes above it speak to who asks.
    publication = get_publication(session)
    language = publication.language
    page = html_without_reader(edition.html or "", container.settings.base_url, nearest(language))
    page = with_notes(page, notes)
    spoken = {language, present().code} if notes else {language}
    safe = admit_mail_images(_HEADERS, look_of(publication), container.settings.base_url)
    headers = safe | {"Content-Language": ", ".join(sorted(spoken)), "Vary": "Accept-Language"}
    return public_answer(request, page.encode(), "text/html", headers)


def _elsewhere(session: Session, edition: Edition) -> str | None:
    """Return where to read what is left of a mail if some was taken down, or hidden since.

    A frozen mail cannot lose one story; the issue's page shows the others, or says what happened.
    """
    home = or_(Issue.id == edition.issue_id, Issue.id == _corrected_by(edition))
    bits = [bit for bit in range(63) if edition.follows >> bit & 1]
    lacking = select(Story.id).where(
        Story.issue_id == Issue.id, ~is_story_public(), Category.bit.in_(bits)
    )
    lacking = lacking.join(Category, Category.id == Story.category_id)
    issue = session.scalar(
        select(Issue).where(home, or_(Issue.taken_down_at.is_not(None), lacking.exists())).limit(1)
    )
    return None if issue is None else f"/read/{issue.id}?key={issue.key}"


def _corrected_by(edition: Edition) -> ScalarSelect[int | None]:
    """Return the Issue that this Edition's Issue corrects, as an expression."""
    return select(Issue.corrects_id).where(Issue.id == edition.issue_id).scalar_subquery()


_SHARED_HEADERS: Final = {
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
    look = look_of(get_publication(session))
    headers = admit_mail_images(_SHARED_HEADERS, look, container.settings.base_url)
    return Response(made.html, media_type="text/html", headers=headers)


_LINKS: Final = frozenset({"leave", "preferences"})
"""The links that are a reader's own; `rendering.merge.preview_fields` writes them."""


# A mail program's own leave button posts to the first of them.
@router.api_route("/preview/{link}", methods=["GET", "HEAD", "POST"])
def preview_link(link: str, container: ContainerDep, session: SessionDep) -> Response:
    """Say what the link is in the mail itself, and that it does nothing here.

    Raises:
        NotFound: no mail has such a link.
    """
    if link not in _LINKS:
        raise NotFound("There is nothing at this address.")
    return private_page("preview.html", site=site_of(session, container.settings), link=link)


@router.api_route(
    "/preview/preferences/issues/{_issue:id}/{_said}", methods=["GET", "HEAD", "POST"]
)
def preview_opinion(container: ContainerDep, session: SessionDep) -> Response:
    """Say that the link is an answer of its reader in the mail itself, and none here."""
    return private_page("preview.html", site=site_of(session, container.settings), link="opinion")
