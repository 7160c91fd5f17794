"""`/desk/issues/{id}/stories/{id}/correct`: a story changed after its issue was launched."""

from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, Response

from app.desk.deps import Desk
from app.desk.frame import go_to, page
from app.desk.issues import number_of
from app.desk.plan import Sender, crumbs_of, lead
from app.desk.stories import Posted, Texts, columns_of, form_of
from app.errors import AppError, InvalidInput, RenderError, Stale
from app.issues.corrections import correct
from app.issues.lifecycle import get_issue
from app.issues.stories import get_story
from app.pages.language import gettext, message_of
from app.story_fields import CORRECTABLE
from app.written import MAX_NOTE

router = APIRouter(prefix="/issues/{issue_id:id}/stories/{story_id:id}/correct")


@router.api_route("", methods=["GET", "HEAD"])
def show(desk: Sender, issue_id: int, story_id: int) -> Response:
    """Show the fields of a story that can be corrected, and a field for a note to its readers."""
    return _form(desk, issue_id, story_id)


@router.post("")
def change(desk: Sender, issue_id: int, story_id: int, posted: Posted) -> Response:
    """Correct a story; where that cannot be, show what was typed and why, and change nothing."""
    expected = {number_of(posted.get("version", "")) or 0}
    container = desk.container
    try:
        with desk.session.begin_nested():
            correct(
                desk.session,
                desk.actor,
                issue_id,
                story_id,
                dict(_changes(desk, issue_id, story_id, posted)),
                posted.get("note", "").replace("\r\n", "\n").strip(),
                templates=container.templates,
                base_url=container.settings.base_url,
                now=desk.now,
                expected=expected,
            )
    except (InvalidInput, Stale) as error:
        return _form(desk, issue_id, story_id, posted, error)
    except RenderError as error:
        return _form(desk, issue_id, story_id, posted, InvalidInput(str(error)))
    return go_to(container, f"/desk/issues/{issue_id}/sending", done="corrected")


def _changes(desk: Desk, issue_id: int, story_id: int, posted: Texts) -> Iterator[tuple[str, Any]]:
    """Yield the columns that the form changes, of those that may be."""
    story = get_story(desk.session, issue_id, story_id)
    for name, value in columns_of(desk, posted).items():
        if name in CORRECTABLE and value != getattr(story, name):
            yield name, value


def _form(
    desk: Desk,
    issue_id: int,
    story_id: int,
    typed: Texts | None = None,
    error: AppError | None = None,
) -> Response:
    issue = get_issue(desk.session, issue_id)
    if issue.launched_at is None:
        return go_to(desk.container, lead(issue))
    is_stale = isinstance(error, Stale)
    shown = form_of(desk, get_story(desk.session, issue_id, story_id), typed, error)
    shown["boxes"] = [box for box in shown["boxes"] if box.name in CORRECTABLE]
    changed = gettext("Nothing was done: it has changed since you looked. This is how it is now.")
    return page(
        desk,
        "story_correct.html",
        error.status if error else 200,
        crumbs=crumbs_of(issue),
        issue=issue,
        **shown,
        note=(typed or {}).get("note", ""),
        most_note=MAX_NOTE,
        said=changed if is_stale else message_of(error) if error else "",
    )
