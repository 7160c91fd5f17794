"""`/v1/issues/{issue_id}/…/take-down`: take an issue or a story off the web, or put it back."""

from typing import Annotated, Final

from fastapi import APIRouter, Response
from pydantic import Field

from app.actors import Actor
from app.api.conditions import ETAG_HEADER, IfMatch
from app.api.deps import NowDep, SessionDep, acts
from app.api.errors import Unreadable, problems
from app.api.fields import LINE, Body, Id, examples
from app.api.issues import IssueOut, issue_answer
from app.api.stories import StoryOut, story_answer
from app.enums import Scope
from app.errors import (
    Forbidden,
    InvalidInput,
    NotFound,
    Stale,
    TooLarge,
    Unauthorised,
    WrongState,
)
from app.issues import taking_down

router = APIRouter(prefix="/v1/issues/{issue_id}", tags=["taking down"])

_RESPONSES: Final = problems(Unauthorised, Forbidden, NotFound, Stale, InvalidInput) | {
    200: ETAG_HEADER
}
_BODY_RESPONSES: Final = problems(
    Unreadable, Unauthorised, Forbidden, NotFound, WrongState, Stale, TooLarge, InvalidInput
) | {200: ETAG_HEADER}


class TakeDownBody(Body):
    """What the address says instead."""

    model_config = Body.model_config | examples({"note": "We had no right to print it."})

    note: Annotated[str, Field(min_length=1, max_length=500, pattern=LINE)] | None = Field(
        default=None, description="For readers, dated; null: without a trace."
    )


_Sender = Annotated[Actor, acts(Scope.SEND)]


@router.post("/take-down", responses=_BODY_RESPONSES)
def take_down_issue(
    session: SessionDep,
    issue_id: Id,
    now: NowDep,
    actor: _Sender,
    expected: IfMatch,
    response: Response,
    body: TakeDownBody | None = None,
) -> IssueOut:
    """Take an issue down.

    It is on no page, feed, sitemap or search any more. One that is being sent is cancelled first.
    """
    note = (body or TakeDownBody()).note
    row = taking_down.take_down_issue(session, actor, issue_id, note, now, expected)
    return issue_answer(session, row, response)


@router.post("/put-back", responses=_RESPONSES)
def put_back_issue(
    session: SessionDep,
    issue_id: Id,
    now: NowDep,
    actor: _Sender,
    expected: IfMatch,
    response: Response,
) -> IssueOut:
    """Put an issue back that was taken down."""
    row = taking_down.put_back_issue(session, actor, issue_id, now, expected)
    return issue_answer(session, row, response)


@router.post("/stories/{story_id}/take-down", responses=_BODY_RESPONSES)
def take_down_story(
    session: SessionDep,
    issue_id: Id,
    story_id: Id,
    now: NowDep,
    actor: _Sender,
    expected: IfMatch,
    response: Response,
    body: TakeDownBody | None = None,
) -> StoryOut:
    """Take a story down.

    The issue stays, without it. Mails that were sent keep it. `If-Match` is the story's.
    """
    note = (body or TakeDownBody()).note
    row = taking_down.take_down_story(session, actor, issue_id, story_id, note, now, expected)
    return story_answer(session, row, response)


@router.post("/stories/{story_id}/put-back", responses=_RESPONSES)
def put_back_story(
    session: SessionDep,
    issue_id: Id,
    story_id: Id,
    now: NowDep,
    actor: _Sender,
    expected: IfMatch,
    response: Response,
) -> StoryOut:
    """Put a story back that was taken down.

    `If-Match` is the story's.
    """
    row = taking_down.put_back_story(session, actor, issue_id, story_id, now, expected)
    return story_answer(session, row, response)
