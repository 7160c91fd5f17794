"""`/v1/issues`: the issues, listed, and begun without stories."""

from typing import Annotated

from fastapi import Query, Response
from pydantic import BaseModel, Field

from app.api.changes import Asked, answer_once, asked_with
from app.api.deps import NowDep, SessionDep, needs
from app.api.errors import ApiRouter, documents
from app.api.fields import MAX_ID, After, Body, Day, Limit, Next, cursor_of, examples, read_day
from app.api.issues import (
    SHOWN_EXAMPLE,
    IssueOut,
    ShownIssueOut,
    issue_out,
    shown_issue_out,
    slugs_by_id,
)
from app.delivery.standstill import standstills
from app.enums import IssueState, Scope
from app.errors import NotFound
from app.issues import listing
from app.issues.begin import begin_issue

router = ApiRouter(prefix="/v1/issues", tags=["issues"])


class IssuePage(BaseModel):
    """Issues, newest day first."""

    model_config = examples({"items": [SHOWN_EXAMPLE], "next": "WzczOTczMCw3XQ"})

    items: list[ShownIssueOut]
    next: Next


class NewIssue(Body):
    """An issue without stories."""

    model_config = Body.model_config | examples({"issued_on": "2026-04-28", "like": 6})

    issued_on: Day
    like: Annotated[int, Field(ge=1, le=MAX_ID, strict=True)] | None = Field(
        default=None,
        description="An issue in whose frame it begins: category, sponsor and how it goes out.",
    )


@router.get("", dependencies=[needs(Scope.READ)])
def list_issues(
    session: SessionDep,
    now: NowDep,
    limit: Limit = 50,
    after: After = None,
    state: IssueState | None = None,
    issued_on: Annotated[Day | None, Query(description="Those of this day.")] = None,
    q: Annotated[
        str,
        Query(
            max_length=200,
            description="Words that their stories have, or a part of a subject as it is typed.",
        ),
    ] = "",
) -> IssuePage:
    """List issues.

    Newest day first, a page at a time.
    """
    before = read_day(after) if after is not None else None
    rows = listing.list_issues(
        session, before=before, limit=limit + 1, state=state, day=issued_on, words=q
    )
    slugs, standstill_for = slugs_by_id(session), standstills(session, now)
    page = rows[:limit]
    last = page[-1] if len(rows) > limit else None
    return IssuePage(
        items=[shown_issue_out(row, slugs, standstill_for) for row in page],
        next=cursor_of(last.issued_on.toordinal(), last.id) if last else None,
    )


@router.post("", status_code=201, response_model=IssueOut)
@documents(NotFound)
def begin(body: NewIssue, asked: Annotated[Asked, asked_with(Scope.EDIT)]) -> Response:
    """Begin an issue.

    A draft without stories; with `like` in the frame of another issue.
    """

    def act() -> IssueOut:
        issue = begin_issue(*asked.by, body.issued_on, asked.now, body.like)
        return issue_out(issue, slugs_by_id(asked.session))

    return answer_once(asked, 201, act)
