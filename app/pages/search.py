"""`/search`: stories that came out, by their words."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response

from app.characters import cut
from app.pages.deps import ContainerDep, SearchDep
from app.pages.read import get_open_archive
from app.pages.render import private_page, public_page
from app.pages.search_query import MAX_QUERY, MAX_RANKED, PAGE, Findings, find_stories
from app.publication.publication import get_publication

router = APIRouter()

_MAX_PAGE: Final = MAX_RANKED // PAGE
_UNLISTED: Final = {"X-Robots-Tag": "noindex"}


@router.api_route("/search", methods=["GET", "HEAD"])
def search(
    request: Request,
    container: ContainerDep,
    session: SearchDep,
    q: str = "",
    page: Annotated[int, Query(ge=1, le=_MAX_PAGE)] = 1,
) -> Response:
    """Show what was found, or the form alone; answer 422 when the query is too long."""
    site = get_open_archive(session, container.settings)
    typed = " ".join(q.split())
    if len(typed) > MAX_QUERY:
        values = {"site": site, "query": cut(typed, MAX_QUERY), "found": None, "page": 1}
        return private_page("search.html", 422, too_long=MAX_QUERY, **values)
    found: Findings | None = None
    if typed:
        in_articles = get_publication(session).shows_articles
        found = find_stories(session, typed, page, in_articles=in_articles)
    answer = public_page(
        request,
        "search.html",
        site=site,
        query=typed,
        found=found,
        page=page,
        too_long=0,
        is_last=found is None or page * PAGE >= found.n,
        is_bounded=found is not None and found.n >= MAX_RANKED,
    )
    # Search engines have the stories themselves.
    answer.headers.update(_UNLISTED)
    return answer
