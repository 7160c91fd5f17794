"""`/read…`: the issues that came out, one issue, one story."""

from typing import Final

from fastapi import APIRouter, Request, Response

from app.pages import archive
from app.pages.deps import ContainerDep, SessionDep
from app.pages.notes import notes_of
from app.pages.render import public_page, site_of

router = APIRouter()

_N_LATEST: Final = 30


@router.api_route("/read", methods=["GET", "HEAD"])
def latest(request: Request, container: ContainerDep, session: SessionDep) -> Response:
    """The latest issues."""
    return public_page(
        request,
        "issues.html",
        site=site_of(session, container.settings),
        issues=archive.latest_issues(session, _N_LATEST),
    )


@router.api_route("/read/{issue_id:int}", methods=["GET", "HEAD"])
def issue_page(
    issue_id: int, request: Request, container: ContainerDep, session: SessionDep
) -> Response:
    """An issue that has come out, story by story."""
    issue = archive.get_published(session, issue_id)
    chapters = archive.chapters_of(session, issue)
    subject, description = archive.title_and_description(issue, chapters)
    return public_page(
        request,
        "issue.html",
        site=site_of(session, container.settings),
        issue=issue,
        subject=subject,
        description=description,
        chapters=chapters,
        contents=archive.contents_line(chapters),
        notes=notes_of(session, issue_id),
    )


@router.api_route("/read/{issue_id:int}/{story_id:int}", methods=["GET", "HEAD"])
def story_page(
    issue_id: int,
    story_id: int,
    request: Request,
    container: ContainerDep,
    session: SessionDep,
) -> Response:
    """One story, all of it."""
    issue = archive.get_published(session, issue_id)
    story, category = archive.get_story_of(session, issue, story_id)
    before, after = archive.neighbours_of(session, issue, story_id)
    return public_page(
        request,
        "story.html",
        site=site_of(session, container.settings),
        issue=issue,
        story=story,
        category=category,
        before=before,
        after=after,
        notes=[note for note in notes_of(session, issue_id) if note.story_id == story_id],
    )
