"""`/desk/issues/{id}/stories/…`: several stories of a draft moved or dropped, script or not."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Form, Response
from pydantic import Field

from app.api.stories import category_id_of
from app.content.limits import MAX_STORIES
from app.desk.deps import Desk
from app.desk.forms import Number
from app.desk.frame import go_to
from app.desk.issue import refused
from app.desk.issues import HERE, Editor
from app.errors import Conflict, InvalidInput, Stale
from app.issues.arranging import Move, move_stories
from app.issues.dropping import drop_stories
from app.pages.language import N_

router = APIRouter(prefix="/issues/{issue_id:id}/stories")

Chosen = Annotated[list[Annotated[int, Field(ge=1, le=2**53)]], Form(max_length=MAX_STORIES)]


@router.post("/move")
def move(
    desk: Editor,
    issue_id: int,
    version: Number,
    to: Annotated[str, Form()] = "",
    story: Chosen = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """Move the selected stories to the end of a category, or of those without one."""

    def do() -> None:
        home = _end_of(desk, to)
        move_stories(desk.session, desk.actor, issue_id, story, home, desk.now, {version})

    return _do(desk, issue_id, story, do, "moved")


@router.post("/drop")
def drop(
    desk: Editor,
    issue_id: int,
    version: Number,
    story: Chosen = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """Take the selected stories out of the draft; they can be brought back."""

    def do() -> None:
        drop_stories(desk.session, desk.actor, issue_id, story, desk.now, {version})

    return _do(desk, issue_id, story, do, "dropped")


def _do(
    desk: Desk, issue_id: int, story_ids: list[int], do: Callable[[], None], done: str
) -> Response:
    if not story_ids:
        none = InvalidInput(N_("Select stories first, by their boxes."))
        return refused(desk, issue_id, none)
    try:
        do()
    except (InvalidInput, Conflict, Stale) as error:
        return refused(desk, issue_id, error)
    return go_to(desk.container, f"{HERE}/{issue_id}", done=done)


def _end_of(desk: Desk, slug: str) -> Move:
    home = category_id_of(desk.session, slug or None)
    return Move(to_category=True, category_id=home, position=MAX_STORIES)
