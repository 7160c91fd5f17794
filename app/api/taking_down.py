"""`/v1/issues/{issue_id}/…/take-down`: take an issue or a story off the web, or put it back."""

from typing import Annotated

from pydantic import Field

from app.api.changes import Change, EtagDep, changes
from app.api.errors import ApiRouter, documents
from app.api.fields import LINE, Body, Id, examples
from app.api.issues import IssueOut, issue_answer
from app.api.stories import StoryOut, story_answer
from app.enums import Scope
from app.errors import WrongState
from app.issues import taking_down

router = ApiRouter(prefix="/v1/issues/{issue_id}", tags=["taking down"])


class TakeDownBody(Body):
    """What the address says instead."""

    model_config = Body.model_config | examples({"note": "We had no right to print it."})

    note: Annotated[str, Field(min_length=1, max_length=500, pattern=LINE)] | None = Field(
        default=None, description="For readers, dated; null: without a trace."
    )


_Sender = Annotated[Change, changes(Scope.SEND)]


@router.post("/take-down")
@documents(WrongState)
def take_down_issue(
    issue_id: Id,
    change: _Sender,
    etag: EtagDep,
    body: TakeDownBody | None = None,
) -> IssueOut:
    """Take an issue down.

    It is on no page, feed, sitemap or search any more. One that is being sent is cancelled first.
    """
    note = (body or TakeDownBody()).note
    row = taking_down.take_down_issue(
        change.session, change.actor, issue_id, note, change.now, change.expected
    )
    return issue_answer(change.session, row, etag)


@router.post("/put-back")
def put_back_issue(
    issue_id: Id,
    change: _Sender,
    etag: EtagDep,
) -> IssueOut:
    """Put an issue back that was taken down."""
    row = taking_down.put_back_issue(
        change.session, change.actor, issue_id, change.now, change.expected
    )
    return issue_answer(change.session, row, etag)


@router.post("/stories/{story_id}/take-down")
@documents(WrongState)
def take_down_story(
    issue_id: Id,
    story_id: Id,
    change: _Sender,
    etag: EtagDep,
    body: TakeDownBody | None = None,
) -> StoryOut:
    """Take a story down.

    The issue stays, without it. Mails that were sent keep it. `If-Match` is the story's.
    """
    note = (body or TakeDownBody()).note
    row = taking_down.take_down_story(
        change.session, change.actor, issue_id, story_id, note, change.now, change.expected
    )
    return story_answer(change.session, row, etag)


@router.post("/stories/{story_id}/put-back")
def put_back_story(
    issue_id: Id,
    story_id: Id,
    change: _Sender,
    etag: EtagDep,
) -> StoryOut:
    """Put a story back that was taken down.

    `If-Match` is the story's.
    """
    row = taking_down.put_back_story(
        change.session, change.actor, issue_id, story_id, change.now, change.expected
    )
    return story_answer(change.session, row, etag)
