"""What is changed after launch: stories corrected, issues and stories taken off the web.

A correction is told to who got the wrong text; what was taken down can be put back.
"""

from typing import Annotated, Any, Final

from fastapi import Response
from pydantic import AwareDatetime, BaseModel, Field

from app.api.changes import Asked, Change, EtagDep, answer_once, asked_with, changes
from app.api.deps import ContainerDep, IfMatch, NowDep, SessionDep, needs
from app.api.errors import ApiRouter, BadTemplate, documents
from app.api.fields import LINE, MAX_ID, TEXT, Body, Id, Out, examples, fill
from app.api.issues import IssueOut, issue_answer, issue_out, slugs_by_id
from app.api.stories import StoryChanges, StoryOut, story_answer
from app.delivery.corrected import audience_of
from app.enums import DeliveryState, Scope
from app.errors import FieldError, InvalidInput, WrongState
from app.issues import corrections, taking_down
from app.issues.correction_mail import draft_mail, revisions_of
from app.issues.lifecycle import get_issue
from app.issues.stories import story_columns
from app.written import MAX_NOTE

router = ApiRouter(prefix="/v1/issues/{issue_id}/corrections", tags=["corrections"])
takedown_router = ApiRouter(prefix="/v1/issues/{issue_id}", tags=["taking down"])

_CORRECTION: Final[dict[str, Any]] = {
    "id": 3,
    "issue_id": 7,
    "story_id": 41,
    "revision": 4,
    "before": {"what": "It is ten times as fast."},
    "after": {"what": "It is twice as fast."},
    "note": "We had the figure wrong.",
    "corrected_at": "2026-04-28T08:12:00Z",
    "mail_issue_id": None,
}
_AUDIENCE: Final[dict[str, Any]] = {"n_wrong": 120, "n_to_tell": 118, "n_in_doubt": 0}


class NewCorrection(Body):
    """What was wrong, and what readers are told of it."""

    model_config = Body.model_config | examples(
        {
            "story_id": 41,
            "changes": {"what": "It is twice as fast."},
            "note": "We had the figure wrong.",
        }
    )

    story_id: Annotated[int, Field(ge=1, le=MAX_ID, strict=True)]
    changes: StoryChanges = Field(description="Its category is fixed at launch.")
    note: Annotated[str, Field(min_length=1, max_length=MAX_NOTE, pattern=TEXT)] = Field(
        description="A sentence for readers; the pages show it with the day."
    )


class CorrectionOut(Out):
    """One change of one story after launch."""

    model_config = examples(_CORRECTION)

    id: int
    issue_id: int
    story_id: int
    revision: int = Field(description="The issue's from then on.")
    before: dict[str, Any] = Field(description="The changed fields as they were.")
    after: dict[str, Any]
    note: str
    corrected_at: AwareDatetime
    mail_issue_id: int | None = Field(description="The issue that tells of it, if there is one.")


class CorrectionView(CorrectionOut):
    """The same with its audience, as it is now."""

    model_config = examples({**_CORRECTION, **_AUDIENCE})

    n_wrong: int = Field(description="Readers whose mail showed the text as it was before.")
    n_to_tell: int = Field(description="Those of them who can be written to.")
    n_in_doubt: int = Field(description="Not among them: nobody knows whether they got it.")


class RevisionOut(BaseModel):
    """One revision, and what became of the readers it was sent to."""

    revision: int
    settled: dict[DeliveryState, int]


class CorrectionList(BaseModel):
    """The corrections of an issue, oldest first, and who was sent which revision."""

    model_config = examples(
        {
            "items": [_CORRECTION],
            "revisions": [
                {"revision": 3, "settled": {"accepted": 120}},
                {"revision": 4, "settled": {"accepted": 80}},
            ],
        }
    )

    items: list[CorrectionOut]
    revisions: list[RevisionOut]


@router.get("", dependencies=[needs(Scope.READ)])
def list_corrections(session: SessionDep, issue_id: Id) -> CorrectionList:
    """List corrections.

    With how many readers were sent which revision.
    """
    get_issue(session, issue_id)
    return CorrectionList(
        items=[
            CorrectionOut.model_validate(row)
            for row in corrections.corrections_of(session, issue_id)
        ],
        revisions=[
            RevisionOut(revision=revision, settled=settled)
            for revision, settled in revisions_of(session, issue_id).items()
        ],
    )


@router.post("", status_code=201, response_model=CorrectionOut)
@documents(WrongState, BadTemplate)
def correct_story(
    container: ContainerDep,
    issue_id: Id,
    body: NewCorrection,
    asked: Annotated[Asked, asked_with(Scope.SEND)],
    expected: IfMatch,
) -> Response:
    """Correct a story after launch.

    Whoever was not written to yet gets the new text, the pages show it with a dated note, and
    the ledger knows who got which revision. `If-Match` is the issue's.
    """

    def act() -> CorrectionOut:
        row = corrections.correct(
            *asked.by,
            issue_id,
            body.story_id,
            _columns(body.changes),
            body.note,
            templates=container.templates,
            base_url=container.settings.base_url,
            now=asked.now,
            expected=expected,
        )
        return CorrectionOut.model_validate(row)

    return answer_once(asked, 201, act)


@router.get("/{correction_id}", dependencies=[needs(Scope.READ)])
def show_correction(
    session: SessionDep, issue_id: Id, correction_id: Id, now: NowDep
) -> CorrectionView:
    """Show a correction.

    With how many readers got the wrong text.
    """
    row = corrections.get_correction(session, issue_id, correction_id)
    audience = audience_of(session, row, now)
    return fill(CorrectionView, row, **vars(audience))


@router.post("/{correction_id}/mail", status_code=201, response_model=IssueOut)
def draft_correction_mail(
    issue_id: Id, correction_id: Id, asked: Annotated[Asked, asked_with(Scope.EDIT)]
) -> Response:
    """Draft the mail about a correction.

    An issue of its own, with the note and the story: preview, approve and schedule it like any
    other. It goes to those alone whose mail showed the wrong text, once each, at launch.
    """

    def act() -> IssueOut:
        mail = draft_mail(*asked.by, issue_id, correction_id, asked.now)
        return issue_out(mail, slugs_by_id(asked.session))

    return answer_once(asked, 201, act)


def _columns(changes: StoryChanges) -> dict[str, Any]:
    given = changes.given()
    if "category" in given:
        fixed = [FieldError("/changes/category", "is fixed at launch")]
        raise InvalidInput("That cannot be corrected after launch.", fixed)
    try:
        return story_columns(given)
    except InvalidInput as error:
        places = [FieldError(f"/changes{one.pointer}", one.detail) for one in error.errors]
        raise InvalidInput(error.detail, places) from None


class TakeDownBody(Body):
    """What the address says instead."""

    model_config = Body.model_config | examples({"note": "We had no right to print it."})

    note: Annotated[str, Field(min_length=1, max_length=MAX_NOTE, pattern=LINE)] | None = Field(
        default=None, description="For readers, dated; null: without a trace."
    )


_Sender = Annotated[Change, changes(Scope.SEND)]


@takedown_router.post("/take-down")
@documents(WrongState)
def take_down_issue(
    issue_id: Id, change: _Sender, etag: EtagDep, body: TakeDownBody | None = None
) -> IssueOut:
    """Take an issue down.

    It is on no page, feed, sitemap or search any more. One that is being sent is cancelled first.
    """
    note = (body or TakeDownBody()).note
    row = taking_down.take_down_issue(*change.by, issue_id, note, *change.at)
    return issue_answer(change.session, row, etag)


@takedown_router.post("/put-back")
def put_back_issue(issue_id: Id, change: _Sender, etag: EtagDep) -> IssueOut:
    """Put an issue back that was taken down."""
    row = taking_down.put_back_issue(*change.by, issue_id, *change.at)
    return issue_answer(change.session, row, etag)


@takedown_router.post("/stories/{story_id}/take-down")
@documents(WrongState)
def take_down_story(
    issue_id: Id, story_id: Id, change: _Sender, etag: EtagDep, body: TakeDownBody | None = None
) -> StoryOut:
    """Take a story down.

    The issue stays, without it. Mails that were sent keep it. `If-Match` is the story's.
    """
    note = (body or TakeDownBody()).note
    row = taking_down.take_down_story(*change.by, issue_id, story_id, note, *change.at)
    return story_answer(change.session, row, etag)


@takedown_router.post("/stories/{story_id}/put-back")
def put_back_story(issue_id: Id, story_id: Id, change: _Sender, etag: EtagDep) -> StoryOut:
    """Put a story back that was taken down.

    `If-Match` is the story's.
    """
    row = taking_down.put_back_story(*change.by, issue_id, story_id, *change.at)
    return story_answer(change.session, row, etag)
