"""`/robots.txt` and the sitemaps: what search engines may find, a file for each month.

A month of a daily digest is some hundred addresses, far from what a sitemap may hold; the index
holds as many months as a sitemap may hold addresses. Source: sitemaps.org/protocol.html.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from fastapi import APIRouter, Request, Response
from sqlalchemy import extract, func, select
from sqlalchemy.orm import Session

from app.delivery.public import is_public, is_story_public
from app.errors import NotFound
from app.models import Issue, Story
from app.pages.archive import read_categories
from app.pages.deps import ContainerDep, SessionDep
from app.pages.read import get_open_archive
from app.pages.render import FEED, fill, public_answer, root_of, site_of
from app.pages.typed import register_convertors

register_convertors()
router = APIRouter()

MAX_ADDRESSES: Final = 50_000
"""Source: sitemaps.org/protocol.html, 50,000 URLs and 50 MB."""

_XML: Final = "application/xml; charset=utf-8"
_FOR_ONE: Final = (
    "confirm",
    "leave",
    "preferences",
    "address",
    "stay",
    "preview",
    "editions",
    "search",
    "v1",
    "c",
    "o",
)


@dataclass(frozen=True)
class SitemapEntry:
    """An address below the base address, and when it changed last."""

    path: str
    changed_at: datetime


@router.api_route("/robots.txt", methods=["GET", "HEAD"])
def robots(request: Request, container: ContainerDep, session: SessionDep) -> Response:
    """Answer robots.txt: no links of one person; a closed archive has no sitemap."""
    site = site_of(session, container.settings)
    root = root_of(container.settings)
    lines = ["User-agent: *", *(f"Disallow: {root}/{name}/" for name in _FOR_ONE)]
    lines += [f"Disallow: {root}/search"]
    if site.archive_is_open:
        lines += ["", f"Sitemap: {site.base_url}/sitemap.xml"]
    body = "\n".join([*lines, ""]).encode()
    return public_answer(request, body, "text/plain; charset=utf-8", FEED)


@router.api_route("/sitemap.xml", methods=["GET", "HEAD"])
def index(request: Request, container: ContainerDep, session: SessionDep) -> Response:
    """List the sitemaps: one of the standing pages, one for each month."""
    site = get_open_archive(session, container.settings)
    months = [
        SitemapEntry(f"/sitemap-{year:04}-{month:02}.xml", changed_at)
        for year, month, changed_at in months_of(session)
    ]
    values = {"site": site, "months": months[:MAX_ADDRESSES]}
    return public_answer(request, fill("sitemaps.xml", values).encode(), _XML, FEED)


@router.api_route("/sitemap-pages.xml", methods=["GET", "HEAD"])
def pages(request: Request, container: ContainerDep, session: SessionDep) -> Response:
    """List the standing pages and the categories, which change with every issue."""
    site = get_open_archive(session, container.settings)
    values = {"site": site, "places": [], "categories": read_categories(session)}
    return public_answer(request, fill("sitemap.xml", values).encode(), _XML, FEED)


@router.api_route("/sitemap-{year:year}-{month:month}.xml", methods=["GET", "HEAD"])
def month_map(
    year: int, month: int, request: Request, container: ContainerDep, session: SessionDep
) -> Response:
    """List the issues that came out in a month (of UTC) and their stories."""
    site = get_open_archive(session, container.settings)
    places = places_of(session, year, month)
    if not places:
        raise NotFound("Nothing came out in that month.")
    changed_at = max(place.changed_at for place in places)
    values = {"site": site, "places": places, "categories": []}
    body = fill("sitemap.xml", values).encode()
    return public_answer(request, body, _XML, FEED, changed_at=changed_at)


def months_of(session: Session) -> list[tuple[int, int, datetime]]:
    """Return each month (of UTC) in which something came out, newest first, with its last time."""
    at = func.timezone("UTC", Issue.public_at)
    year, month = extract("year", at), extract("month", at)
    rows = session.execute(
        select(year, month, func.max(Issue.public_at))
        .where(is_public())
        .group_by(year, month)
        .order_by(year.desc(), month.desc())
    )
    return [(int(of_year), int(of_month), last) for of_year, of_month, last in rows if last]


def places_of(session: Session, year: int, month: int) -> list[SitemapEntry]:
    """Return the addresses of a month's issues and stories, at most as many as a sitemap holds."""
    try:
        start = datetime(year, month, 1, tzinfo=UTC)
        end = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    except ValueError:
        return []
    rows = session.execute(
        select(Issue.id, Issue.public_at, func.array_agg(Story.id))
        .join(Story, Story.issue_id == Issue.id)
        .where(is_public(), Issue.public_at >= start, Issue.public_at < end)
        .where(is_story_public())
        .group_by(Issue.id)
        .order_by(Issue.public_at.desc())
    )
    places = [
        SitemapEntry(path, at)
        for issue_id, at, story_ids in rows
        if at
        for path in (
            f"/read/{issue_id}",
            *(f"/read/{issue_id}/{story_id}" for story_id in sorted(story_ids)),
        )
    ]
    return places[:MAX_ADDRESSES]
