"""`/categories/{slug}`: one category's stories, issue by issue."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.errors import NotFound
from app.pages import archive
from app.pages.deps import ContainerDep, SessionDep
from app.pages.read import MAX_PAGE, the_open_archive
from app.pages.render import public_page
from app.publication.categories import get_shown_category

router = APIRouter()

_ISSUES = 10
"""Issues on one page."""


@router.api_route("/categories/{slug}", methods=["GET", "HEAD"])
def category_page(
    slug: str,
    request: Request,
    container: ContainerDep,
    session: SessionDep,
    page: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 1,
) -> Response:
    """Show the published stories of a category, newest issues first."""
    site = the_open_archive(session, container.settings)
    category = get_shown_category(session, slug.replace("\x00", ""))
    days = archive.days_of(session, category, _ISSUES + 1, offset=(page - 1) * _ISSUES)
    if page > 1 and not days:
        raise NotFound("There are no issues as old as that.")
    return public_page(
        request,
        "category.html",
        site=site,
        category=category,
        days=days[:_ISSUES],
        page=page,
        is_last=len(days) <= _ISSUES,
    )
