"""`/editions/{public_id}`: a frozen mail, shown in the browser without its reader."""

from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import ScalarSelect, or_, select
from sqlalchemy.orm import Session

from app.delivery.public import is_story_public
from app.errors import NotFound
from app.models import Category, Edition, Issue, Story
from app.pages.correction_notes import notes_of_edition, with_notes
from app.pages.deps import ContainerDep, SessionDep
from app.pages.language import present
from app.pages.render import public_answer, root_of
from app.publication.publication import get_publication
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
    page = html_without_reader(edition.html or "", container.settings.base_url)
    page = with_notes(page, notes)
    # A mail speaks as its publication does; only the notes above it speak to who asks.
    language = get_publication(session).language
    spoken = {language, present().code} if notes else {language}
    headers = _HEADERS | {"Content-Language": ", ".join(sorted(spoken)), "Vary": "Accept-Language"}
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
