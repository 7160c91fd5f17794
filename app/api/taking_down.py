"""`/v1/issues/{issue_id}/…/take-down`: take an issue or a story off the web, or put it back."""

from typing import Annotated, Final

from fastapi import APIRouter
from pydantic import Field

from app.api.deps import Now, Tx, needs
from app.api.errors import Unreadable, problems
from app.api.fields import LINE, Body, Id, examples
from app.api.issues import IssueOut, issue_out, slugs_by_id
from app.api.stories import StoryOut, story_out
from app.errors import (
    Forbidden,
    InvalidInput,
    NotFound,
    TooLarge,
    Unauthorised,
    WrongState,
)
from app.issues import taking_down
from app.words import Scope

router = APIRouter(prefix="/v1/issues/{issue_id}", tags=["taking down"])

_RESPONSES: Final = problems(Unauthorised, Forbidden, NotFound, InvalidInput)
_BODY_RESPONSES: Final = problems(
    Unreadable, Unauthorised, Forbidden, NotFound, WrongState, TooLarge, InvalidInput
)


class TakeDownBody(Body):
    """What the address says instead."""

    model_config = Body.model_config | examples({"note": "We had no right to print it."})

    note: Annotated[str, Field(min_length=1, max_length=500, pattern=LINE)] | None = Field(
        default=None, description="For readers, dated; null: without a trace."
    )


@router.post("/take-down", dependencies=[needs(Scope.SEND)], responses=_BODY_RESPONSES)
def take_down_issue(
    session: Tx, issue_id: Id, now: Now, body: TakeDownBody | None = None
) -> IssueOut:
    """Take an issue down.

    It is on no page, feed, sitemap or search any more. One that is being sent is cancelled first.
    """
    row = taking_down.take_down_issue(session, issue_id, (body or TakeDownBody()).note, now)
    return issue_out(row, slugs_by_id(session))


@router.post("/put-back", dependencies=[needs(Scope.SEND)], responses=_RESPONSES)
def put_back_issue(session: Tx, issue_id: Id) -> IssueOut:
    """Put an issue back that was taken down."""
    return issue_out(taking_down.put_back_issue(session, issue_id), slugs_by_id(session))


@router.post(
    "/stories/{story_id}/take-down", dependencies=[needs(Scope.SEND)], responses=_BODY_RESPONSES
)
def take_down_story(
    session: Tx, issue_id: Id, story_id: Id, now: Now, body: TakeDownBody | None = None
) -> StoryOut:
    """Take a story down.

    The issue stays, without it. Mails that were sent keep it.
    """
    note = (body or TakeDownBody()).note
    row = taking_down.take_down_story(session, issue_id, story_id, note, now)
    return story_out(row, slugs_by_id(session))


@router.post("/stories/{story_id}/put-back", dependencies=[needs(Scope.SEND)], responses=_RESPONSES)
def put_back_story(session: Tx, issue_id: Id, story_id: Id) -> StoryOut:
    """Put a story back that was taken down."""
    row = taking_down.put_back_story(session, issue_id, story_id)
    return story_out(row, slugs_by_id(session))
