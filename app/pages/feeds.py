"""`/feed.xml` and one for each category: the newest stories as Atom (RFC 4287).

Ids are made of what never changes, and of no address: whoever reads the feed sees no story twice
after a change of host or of https. Source: RFC 4287, 4.2.6; RFC 9562, 5.5 (UUID of a name).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

from fastapi import APIRouter, Request, Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session, defer

from app.delivery.installation import installation_id
from app.delivery.public import is_public, is_story_public
from app.images.stored import stored_images
from app.models import Category, Correction, Issue, Story
from app.pages.archive import READING_ORDER
from app.pages.deps import ContainerDep, SessionDep
from app.pages.language import SOURCE, activate, languages
from app.pages.read import get_open_archive
from app.pages.render import FEED, Site, fill, public_answer
from app.publication.categories import get_shown_category

router = APIRouter()

N_STORIES: Final = 60
"""Two or three days of a digest: who asks seldom misses nothing, and a feed stays small."""


@router.api_route("/feed.xml", methods=["GET", "HEAD"])
def feed(request: Request, container: ContainerDep, session: SessionDep) -> Response:
    """Return the newest stories of all categories."""
    site = get_open_archive(session, container.settings)
    return _answer(request, session, site, None)


@router.api_route("/categories/{slug}/feed.xml", methods=["GET", "HEAD"])
def category_feed(
    slug: str, request: Request, container: ContainerDep, session: SessionDep
) -> Response:
    """Return the newest stories of one category."""
    site = get_open_archive(session, container.settings)
    category = get_shown_category(session, slug.replace("\x00", ""))
    return _answer(request, session, site, category)


@dataclass(frozen=True)
class Entry:
    """A story in a feed: its id, when it came out, and when it was corrected last, if later.

    The stories of an issue come out a second apart, the first one last: programs show the newest
    first, so they keep the reading order.
    """

    id: str
    story: Story
    issue: Issue
    home: Category
    published_at: datetime
    updated_at: datetime


def newest_stories(
    session: Session, category: Category | None
) -> Sequence[tuple[Story, Issue, Category]]:
    """Return the newest stories that came out, at most `N_STORIES`, each issue in reading order."""
    query = (
        select(Story, Issue, Category)
        .join(Issue, Issue.id == Story.issue_id)
        .join(Category, Category.id == Story.category_id)
        .where(is_public(), is_story_public())
        .order_by(Issue.public_at.desc(), Issue.id.desc(), *READING_ORDER)
        .limit(N_STORIES)
        .options(defer(Story.article, raiseload=True))
    )
    if category is not None:
        query = query.where(Story.category_id == category.id)
    return [(story, issue, home) for story, issue, home in session.execute(query)]


def entries_of(
    session: Session, stories: Sequence[tuple[Story, Issue, Category]]
) -> Sequence[Entry]:
    """Return the entries of these stories, in their order."""
    installation = installation_id(session)
    places = _places(session, [story.id for story, _, _ in stories])
    corrected = _corrected(session, [story.id for story, _, _ in stories])
    found = []
    for story, issue, home in stories:
        assert issue.public_at is not None  # noqa: S101 - the query asked for it
        published_at = issue.public_at - timedelta(seconds=places[story.id])
        updated_at = max(published_at, corrected.get(story.id, published_at))
        made = feed_id(installation, f"story/{issue.public_id}/{story.id}")
        found.append(Entry(made, story, issue, home, published_at, updated_at))
    return found


def feed_id(installation: UUID, name: str) -> str:
    """Return the id of a feed or an entry: it hangs on nothing but these two, for good."""
    return uuid5(installation, f"feed/{name}").urn


def _answer(request: Request, session: Session, site: Site, category: Category | None) -> Response:
    entries = entries_of(session, newest_stories(session, category))
    changed_at = max((entry.updated_at for entry in entries), default=None)
    # Feed readers name no language: a feed is in that of its stories, where we speak it.
    spoken = site.language.partition("-")[0]
    activate(languages().get(spoken) or languages()[SOURCE])
    name = f"category/{category.id}" if category else "all"
    values = {
        "site": site,
        "id": feed_id(installation_id(session), name),
        "category": category,
        "entries": entries,
        "images": stored_images(session, [entry.story.image for entry in entries]),
        "changed_at": changed_at,
    }
    body = fill("feed.xml", values).encode()
    media_type = "application/atom+xml; charset=utf-8"
    return public_answer(request, body, media_type, FEED, changed_at=changed_at)


def _places(session: Session, ids: Sequence[int]) -> dict[int, int]:
    """Return how many stories of its issue stand before each, whether they are shown or not."""
    issues = select(Story.issue_id).where(Story.id.in_(ids))
    before = func.row_number().over(partition_by=Story.issue_id, order_by=READING_ORDER) - 1
    rows = session.execute(
        select(Story.id, before)
        .join(Category, Category.id == Story.category_id)
        .where(Story.issue_id.in_(issues))
    )
    return {story_id: place for story_id, place in rows}  # noqa: C416 - rows are no pairs to mypy


def _corrected(session: Session, ids: Sequence[int]) -> dict[int, datetime]:
    """Return when each of the stories was corrected last, by its id; others are not in it."""
    last = func.max(Correction.corrected_at)
    query = select(Correction.story_id, last).where(Correction.story_id.in_(ids))
    rows = session.execute(query.group_by(Correction.story_id))
    return {story_id: at for story_id, at in rows}  # noqa: C416 - rows are no pairs to mypy
