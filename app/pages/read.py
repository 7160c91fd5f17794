"""`/read…`: the issues that came out, one issue, one story."""

from hmac import compare_digest
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.orm import Session

from app.delivery.compose import sign_off_of
from app.errors import NotFound
from app.image_names import image_names_in
from app.images.stored import stored_images
from app.models import Issue
from app.pages import archive
from app.pages.correction_notes import notes_of, removals_of
from app.pages.deps import ContainerDep, SessionDep
from app.pages.prose import article, contents_of
from app.pages.render import Site, private_page, public_page, site_of
from app.pages.typed import register_convertors
from app.publication.categories import get_shown_category
from app.publication.publication import get_publication
from app.reading_time import minutes_to_read
from app.settings import Settings

register_convertors()
router = APIRouter()

PAGE: Final = 30
"""Issues on one page of the archive."""

MAX_PAGE: Final = 10_000


class ArchiveClosed(NotFound):
    """It is there for readers, by the links in their mail."""


def get_open_archive(session: Session, settings: Settings) -> Site:
    """Return the site, whose past issues everybody may look through.

    Raises:
        ArchiveClosed: only readers may.
    """
    site = site_of(session, settings)
    if not site.archive_is_open:
        raise ArchiveClosed(
            "Past issues are for our readers. Please open them by the links in your mail."
        )
    return site


@router.api_route("/read", methods=["GET", "HEAD"])
def latest(
    request: Request,
    container: ContainerDep,
    session: SessionDep,
    page: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 1,
) -> Response:
    """Show the latest issues, and older ones page by page."""
    site = get_open_archive(session, container.settings)
    issues = archive.latest_issues(session, PAGE + 1, offset=(page - 1) * PAGE)
    if page > 1 and not issues:
        raise NotFound("There are no issues as old as that.")
    return public_page(
        request,
        "issues.html",
        site=site,
        issues=issues[:PAGE],
        categories=archive.read_categories(session),
        page=page,
        is_last=len(issues) <= PAGE,
    )


@router.api_route("/read/{issue_id:id}", methods=["GET", "HEAD"])
def issue_page(
    issue_id: int, request: Request, container: ContainerDep, session: SessionDep, key: str = ""
) -> Response:
    """Show an issue that has come out, story by story."""
    issue, ask = open_issue(session, issue_id, key)
    site = site_of(session, container.settings)
    chapters = archive.chapters_of(session, issue)
    subject, description = archive.title_and_description(issue, chapters)
    lead, rest = archive.lead_of(issue, chapters)
    older, newer = archive.issues_beside(session, issue) if site.archive_is_open else (None, None)
    values: dict[str, object] = {
        "site": site,
        "ask": ask,
        "issue": issue,
        "subject": subject,
        "description": description,
        "lead": lead,
        "chapters": rest,
        "contents": archive.contents_line(chapters),
        "sign_off": sign_off_of(issue, get_publication(session)),
        "notes": notes_of(session, issue_id),
        "removals": removals_of(session, issue_id),
        "older": older,
        "newer": newer,
    }
    return _page(request, "issue.html", site, values)


@router.api_route("/read/{issue_id:id}/{story_id:id}", methods=["GET", "HEAD"])
def story_page(
    issue_id: int,
    story_id: int,
    request: Request,
    container: ContainerDep,
    session: SessionDep,
    key: str = "",
) -> Response:
    """Show one story, all of it, with its article where the publication shows articles."""
    issue, ask = open_issue(session, issue_id, key)
    story, category = archive.get_story_of(session, issue, story_id)
    before, after = archive.neighbours_of(session, issue, story_id)
    site = site_of(session, container.settings)
    text = story.article if get_publication(session).shows_articles else ""
    images = stored_images(session, {story.image} | image_names_in(text))
    shown = article(story, text, images.values(), site.root)
    minutes = minutes_to_read([text])
    values: dict[str, object] = {
        "site": site,
        "ask": ask,
        "issue": issue,
        "story": story,
        "image": images.get(story.image),
        "article": shown if text else None,
        "article_minutes": minutes,
        "article_contents": contents_of(shown, minutes),
        "category": category,
        "before": before,
        "after": after,
        "notes": [note for note in notes_of(session, issue_id) if note.story_id == story_id],
    }
    return _page(request, "story.html", site, values)


def open_issue(session: Session, issue_id: int, key: str) -> tuple[Issue, str]:
    """Return the Issue that came out, and what its links must carry so that they open too.

    In a closed archive an issue opens by its key, which stands in the links of its mail; what came
    out before the archive was closed was public, and mails without a key lead there.

    Raises:
        NotFound: it never came out.
        ArchiveClosed: it is closed to whoever asks.
    """
    issue = archive.get_published(session, issue_id)
    closed_at = get_publication(session).archive_closed_at
    if closed_at is None or (issue.public_at is not None and issue.public_at < closed_at):
        return issue, ""
    if not compare_digest(key.encode(), str(issue.key).encode()):
        raise ArchiveClosed(
            "This issue is for our readers. Please open it by the link in your mail."
        )
    return issue, f"?key={issue.key}"


def _page(request: Request, template: str, site: Site, values: dict[str, object]) -> Response:
    """Answer a page: public where the archive is open, else uncached and unindexed."""
    if site.archive_is_open:
        return public_page(request, template, **values)
    return private_page(template, 200, **values)


_CATEGORY_ISSUES = 10
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
    site = get_open_archive(session, container.settings)
    category = get_shown_category(session, slug.replace("\x00", ""))
    days = archive.days_of(
        session, category, _CATEGORY_ISSUES + 1, offset=(page - 1) * _CATEGORY_ISSUES
    )
    if page > 1 and not days:
        raise NotFound("There are no issues as old as that.")
    return public_page(
        request,
        "category.html",
        site=site,
        category=category,
        days=days[:_CATEGORY_ISSUES],
        page=page,
        is_last=len(days) <= _CATEGORY_ISSUES,
    )
