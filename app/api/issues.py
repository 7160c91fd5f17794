"""`/v1/issues/{issue_id}`: the issues, shown, changed and written out again."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final

from fastapi import Query, Response
from pydantic import AwareDatetime, BaseModel, Field
from sqlalchemy.orm import Session

from app.access.keys import check_scopes
from app.api.changes import Etag, EtagDep
from app.api.deps import IfMatch, NowDep, OurClocks, SessionDep, get_actor, needs
from app.api.errors import ApiRouter, documents
from app.api.fields import (
    LINE,
    MAX_ID,
    Body,
    Changes,
    Day,
    Id,
    Instant,
    SignOff,
    between,
    examples,
    fill,
)
from app.api.progress import StandstillOut, standstill_out
from app.api.publication import SponsorIn, SponsorOut
from app.content.limits import MAX_OPENING, MAX_PREHEADER, MAX_SUBJECT
from app.content.parse import Form
from app.delivery.standstill import StandstillOf, standstills
from app.enums import InDoubtPolicy, IssueState, Scope
from app.errors import WrongState
from app.issues import lifecycle, stories
from app.issues.export import export
from app.issues.options import CANARY_PERCENT, POSSIBLE_IN, change_options, last_hour_at
from app.models import ApiKey, Issue
from app.publication.categories import all_categories

ISSUE_EXAMPLE: Final[dict[str, Any]] = {
    "id": 7,
    "issued_on": "2026-04-28",
    "category": None,
    "subject": "",
    "preheader": "",
    "opening": "Good morning. Two stories today are about saying less.",
    "sign_off": "",
    "lead_story_id": 41,
    "sponsor": None,
    "state": "approved",
    "possible_steps": ["cancel", "reopen", "schedule"],
    "revision": 3,
    "version": 5,
    "created_at": "2026-04-28T05:10:00Z",
    "approved_at": "2026-04-28T05:40:00Z",
    "send_at": None,
    "send_not_after": None,
    "launched_at": None,
    "public_at": None,
    "taken_down_at": None,
    "taken_down_note": None,
    "rendered_at": None,
    "sent_at": None,
    "cancelled_at": None,
    "stale_at": None,
    "paused_because": None,
    "reopened_because": None,
    "at_local_hours": True,
    "last_hour_at": None,
    "canary_percent": 0,
    "canary_until": None,
    "in_doubt_policy": "hold",
    "n_planned": 9412,
    "n_due": None,
    "n_nothing_to_read": None,
    "corrects_id": None,
}


router = ApiRouter(prefix="/v1/issues", tags=["issues"])

_NEVER: Final = datetime.min.replace(tzinfo=UTC)
SHOWN_EXAMPLE: Final[dict[str, Any]] = {**ISSUE_EXAMPLE, "standstill": None}
MEDIA_TYPES: Final[Mapping[Form, str]] = {
    Form.TEXT: "text/plain; charset=utf-8",
    Form.MARKDOWN: "text/markdown; charset=utf-8",
    Form.JSON: "application/json",
}


class IssueOut(BaseModel):
    """One dated digest."""

    model_config = examples(ISSUE_EXAMPLE)

    id: int
    issued_on: date
    category: str | None = Field(description="The slug, for an issue of one category alone.")
    subject: str = Field(description="Empty: made from the first headlines of each edition.")
    preheader: str = Field(description="Empty: made from the headlines after those.")
    opening: str = Field(description="An editor's words before the first story, or nothing.")
    sign_off: str = Field(description="And after the last. Empty: the publication's.")
    lead_story_id: int | None = Field(
        description="The story that comes first in each mail that has it; null for none."
    )
    sponsor: SponsorOut | None = Field(
        description="Its own; null: the publication's; with an empty text: none."
    )
    state: IssueState
    possible_steps: list[str] = Field(description="What may be asked of it now.")
    revision: int = Field(
        description="Grows with every change of what it says, after launch with every correction."
    )
    version: int = Field(description="Grows with every change of the issue; it is the ETag.")
    created_at: AwareDatetime
    approved_at: AwareDatetime | None
    send_at: AwareDatetime | None
    send_not_after: AwareDatetime | None = Field(description="It never starts later than this.")
    launched_at: AwareDatetime | None
    public_at: AwareDatetime | None = Field(
        description="When its first mail was about to leave: from then on everybody may read it."
    )
    taken_down_at: AwareDatetime | None = Field(description="Since when it is off the web.")
    taken_down_note: str | None = Field(description="What stands there instead; null: nothing.")
    rendered_at: AwareDatetime | None = Field(description="When its last edition was rendered.")
    sent_at: AwareDatetime | None
    cancelled_at: AwareDatetime | None
    stale_at: AwareDatetime | None = Field(description="When it was found too late to send.")
    paused_because: str | None
    reopened_because: str | None = Field(description="What changed, so that it is a draft again.")
    at_local_hours: bool = Field(description="Who chose an hour gets it when their clocks show it.")
    last_hour_at: AwareDatetime | None = Field(description="By when the last such hour has come.")
    canary_percent: int = Field(description="The part that goes first and is judged; 0: none.")
    canary_until: AwareDatetime | None = Field(
        description="When the canary, at local hours the last one, is judged at the latest."
    )
    in_doubt_policy: InDoubtPolicy = Field(
        description="What becomes of readers in doubt while events cannot settle it: `hold` "
        "them for a person, or `resend` once."
    )
    n_planned: int | None = Field(description="Readers at its approval, or when resumed since.")
    n_due: int | None = Field(description="Readers frozen at launch.")
    n_nothing_to_read: int | None = Field(description="Readers who follow none of its categories.")
    corrects_id: int | None = Field(description="The issue that it tells of a correction of.")


class ShownIssueOut(IssueOut):
    """One dated digest, and why it stands still where it does."""

    model_config = examples(SHOWN_EXAMPLE)

    standstill: StandstillOut | None = Field(
        description="Why nobody gets more of it just now; null while it goes out, or need not yet."
    )


class IssueChanges(Changes):
    """What to change; what is left out stays."""

    model_config = Body.model_config | examples({"subject": "Small models, big savings"})

    subject: Annotated[str, Field(max_length=MAX_SUBJECT, pattern=LINE)] = ""
    preheader: Annotated[str, Field(max_length=MAX_PREHEADER, pattern=LINE)] = ""
    opening: Annotated[str, Field(max_length=MAX_OPENING, pattern=LINE)] = ""
    sign_off: SignOff = ""
    lead_story_id: int | None = Field(
        default=None, ge=1, le=MAX_ID, description="One of its stories, or null for none."
    )
    sponsor: SponsorIn | None = None
    issued_on: Day = date.min
    at_local_hours: Annotated[bool, Field(strict=True)] = True
    canary_percent: Annotated[int, between(CANARY_PERCENT, examples=[10])] = 0
    in_doubt_policy: InDoubtPolicy = InDoubtPolicy.HOLD
    send_not_after: Instant = Field(default=_NEVER, description="Of a scheduled issue.")


@router.get("/{issue_id}", dependencies=[needs(Scope.READ)])
def get_issue(session: SessionDep, issue_id: Id, now: NowDep, etag: EtagDep) -> ShownIssueOut:
    """Show one issue.

    Its ETag is good for `If-Match` of every route that changes it.
    """
    row = lifecycle.get_issue(session, issue_id)
    etag.show(row)
    return shown_issue_out(row, slugs_by_id(session), standstills(session, now))


@router.patch("/{issue_id}")
@documents(WrongState)
def change_issue(
    session: SessionDep,
    issue_id: Id,
    body: IssueChanges,
    now: NowDep,
    key: Annotated[ApiKey, needs(Scope.EDIT)],
    expected: IfMatch,
    etag: EtagDep,
    clocks: OurClocks,
) -> IssueOut:
    """Change an issue.

    Date, subject, preheader, opening, sign-off, lead story and sponsor are a draft's.
    `at_local_hours` and `canary_percent` can be changed until it is launched; `send_not_after`
    while it is scheduled; `in_doubt_policy` at any time. Of an issue that is no draft any more,
    these need `send` too.
    """
    changes = clocks.read_in(body.given(), "send_not_after")
    options = {name: changes.pop(name) for name in POSSIBLE_IN if name in changes}
    if options and lifecycle.lock_issue(session, issue_id).state is not IssueState.DRAFT:
        check_scopes(key, [Scope.SEND])  # how it goes out was approved
    issue = lifecycle.lock_issue(session, issue_id, expected)
    actor = get_actor(key)
    if options:
        change_options(session, actor, issue_id, options, now)
    if changes or not options:
        stories.change_issue(session, actor, issue_id, changes, now)
    return issue_answer(session, issue, etag)


@router.get(
    "/{issue_id}/export",
    dependencies=[needs(Scope.READ)],
    response_class=Response,
    responses={
        200: {
            "description": "The digest in the form that was asked for.",
            "content": {
                media_type.partition(";")[0]: {"schema": {"type": "string"}}
                if form is not Form.JSON
                else {"schema": {"$ref": "#/components/schemas/DigestBody"}}
                for form, media_type in MEDIA_TYPES.items()
            },
        }
    },
)
def export_issue(
    session: SessionDep,
    issue_id: Id,
    form: Annotated[Form, Query(description="How to write it.")] = Form.TEXT,
) -> Response:
    """Export an issue.

    Writes it out as a digest that can be loaded again. The text form has no room for date,
    sponsor and the issue's own texts; Markdown and JSON keep them.
    """
    return Response(export(session, issue_id, form), media_type=MEDIA_TYPES[form])


def slugs_by_id(session: Session) -> dict[int, str]:
    """Return the slug of every category, by its number."""
    return {category.id: category.slug for category in all_categories(session)}


def issue_out(row: Issue, slugs: Mapping[int, str]) -> IssueOut:
    """Return the answer that shows this row."""
    return fill(
        IssueOut,
        row,
        category=slugs[row.category_id] if row.category_id is not None else None,
        possible_steps=lifecycle.possible_steps(row.state),
        n_nothing_to_read=row.n_skipped,
        last_hour_at=last_hour_at(row),
    )


def issue_answer(session: Session, row: Issue, etag: Etag) -> IssueOut:
    """Return the answer that shows this row, as it stands in the database, with its ETag."""
    session.flush()
    etag.show(row)
    return issue_out(row, slugs_by_id(session))


def shown_issue_out(
    row: Issue, slugs: Mapping[int, str], standstill_for: StandstillOf
) -> ShownIssueOut:
    """Return the answer that shows this row, and why it stands still."""
    return ShownIssueOut(
        **dict(issue_out(row, slugs)), standstill=standstill_out(standstill_for(row))
    )
