"""`/feed.xml` and one for each category: the newest stories as Atom (RFC 4287)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from fastapi import APIRouter, Request, Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session, defer

from app.delivery.public import is_public, is_story_public
from app.models import Category, Correction, Issue, Story
from app.pages.deps import ContainerDep, SessionDep
from app.pages.language import SOURCE, languages, wear
from app.pages.read import the_open_archive
from app.pages.render import FEED, Site, fill, public_answer
from app.publication.categories import get_shown_category

router = APIRouter()

N_STORIES: Final = 60
"""Two or three days of a digest: who asks seldom misses nothing, and a feed stays small."""


@router.api_route("/feed.xml", methods=["GET", "HEAD"])
def feed(request: Request, container: ContainerDep, session: SessionDep) -> Response:
    """The newest stories of all categories."""
    site = the_open_archive(session, container.settings)
    return _answer(request, session, site, None)


@router.api_route("/categories/{slug}/feed.xml", methods=["GET", "HEAD"])
def category_feed(
    slug: str, request: Request, container: ContainerDep, session: SessionDep
) -> Response:
    """The newest stories of one category."""
    site = the_open_archive(session, container.settings)
    category = get_shown_category(session, slug.replace("\x00", ""))
    return _answer(request, session, site, category)


def newest_stories(
    session: Session, category: Category | None
) -> Sequence[tuple[Story, Issue, Category]]:
    """The newest stories that came out, at most `N_STORIES`, in reading order within an issue."""
    query = (
        select(Story, Issue, Category)
        .join(Issue, Issue.id == Story.issue_id)
        .join(Category, Category.id == Story.category_id)
        .where(is_public(), is_story_public())
        .order_by(Issue.public_at.desc(), Issue.id.desc(), Category.position, Story.position)
        .limit(N_STORIES)
        .options(defer(Story.article, raiseload=True))
    )
    if category is not None:
        query = query.where(Story.category_id == category.id)
    return [(story, issue, home) for story, issue, home in session.execute(query)]


def _answer(request: Request, session: Session, site: Site, category: Category | None) -> Response:
    stories = newest_stories(session, category)
    changed = _changes(session, stories)
    changed_at = max(changed.values(), default=None)
    # Feed readers name no language: a feed is in that of its stories, where we speak it.
    spoken = site.language.partition("-")[0]
    wear(languages().get(spoken) or languages()[SOURCE])
    values = {
        "site": site,
        "category": category,
        "stories": stories,
        "changed": changed,
        "changed_at": changed_at,
    }
    body = fill("feed.xml", values).encode()
    media_type = "application/atom+xml; charset=utf-8"
    return public_answer(request, body, media_type, FEED, changed_at=changed_at)


def _changes(
    session: Session, stories: Sequence[tuple[Story, Issue, Category]]
) -> dict[int, datetime]:
    """When each story came out, or was corrected last, by its id."""
    last = func.max(Correction.corrected_at)
    rows = session.execute(
        select(Correction.story_id, last)
        .where(Correction.story_id.in_([story.id for story, _, _ in stories]))
        .group_by(Correction.story_id)
    )
    came_out_at = {story.id: issue.public_at for story, issue, _ in stories if issue.public_at}
    return came_out_at | dict(rows.all())
