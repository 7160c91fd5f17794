"""Readers of whom nobody knows whether they got an issue: decided, and what a restore leaves so."""

from datetime import date
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, BaseModel, Field

from app.api.changes import Change, changes
from app.api.deps import ContainerDep, SessionDep, get_actor, needs, needs_alone
from app.api.errors import ApiRouter, documents
from app.api.fields import (
    MAX_ID,
    After,
    Body,
    Id,
    Limit,
    Next,
    Out,
    examples,
    fill,
    first_after,
    page_of,
)
from app.delivery.doubt import Decision
from app.enums import IssueState, Scope
from app.errors import Conflict, WrongState
from app.issues.doubts import decide_doubts, doubts_of
from app.models import ApiKey
from app.recovery.restored import left_to_decide, restored

router = ApiRouter(prefix="/v1/issues/{issue_id}/doubts", tags=["doubts"])
restored_router = ApiRouter(prefix="/v1/account/restored", tags=["account"])

MAX_READERS: Final = 10_000

_EXAMPLE: Final[dict[str, Any]] = {
    "subscriber_id": 17,
    "edition_id": 4,
    "attempt": 1,
    "reason": "worker_lost",
    "doubtful_since": "2026-04-28T05:03:10Z",
}


class DoubtOut(BaseModel):
    """A reader in doubt."""

    model_config = examples(_EXAMPLE)

    subscriber_id: int
    edition_id: int
    attempt: int = Field(description="Which try this was, from 1.")
    reason: str | None = Field(description="`worker_lost`, or what became of the call.")
    doubtful_since: AwareDatetime


class DoubtPage(BaseModel):
    """Readers in doubt, by their numbers."""

    model_config = examples({"items": [_EXAMPLE], "next": "WzE3XQ"})

    items: list[DoubtOut]
    next: Next


class DecisionBody(Body):
    """What is to become of them."""

    model_config = Body.model_config | examples({"decision": "resend", "subscriber_ids": [17, 23]})

    decision: Decision = Field(
        description="`resend` writes to them once more, `sent` says that they have it, `give_up` "
        "lets it be."
    )
    subscriber_ids: (
        Annotated[
            list[Annotated[int, Field(ge=1, le=MAX_ID, strict=True)]],
            Field(min_length=1, max_length=MAX_READERS),
        ]
        | None
    ) = Field(default=None, description="null: all that are in doubt.")


class Decided(BaseModel):
    """How many readers it was said of."""

    model_config = examples({"n_readers": 2})

    n_readers: int = Field(description="Who was settled meanwhile is not among them.")


@router.get("", dependencies=[needs(Scope.PEOPLE)])
def list_doubts(
    session: SessionDep, issue_id: Id, limit: Limit = 50, after: After = None
) -> DoubtPage:
    """List readers in doubt.

    A page at a time. Events settle most of them within minutes; the others wait for a person.
    """
    start = first_after(after)
    rows = doubts_of(session, issue_id, after=start, limit=limit + 1)
    page, following = page_of(rows, limit, lambda row: row.subscriber_id)
    return DoubtPage(
        items=[fill(DoubtOut, row, doubtful_since=row.at) for row in page], next=following
    )


@router.post("/decide")
@documents(Conflict, WrongState)
def decide_doubt(
    issue_id: Id, body: DecisionBody, change: Annotated[Change, changes(Scope.SEND)]
) -> Decided:
    """Decide doubts.

    Resending opens a finished issue again. Whoever did get the first mail then gets a second one.
    """
    n_readers = decide_doubts(
        *change.by, issue_id, body.decision, *change.at, subscriber_ids=body.subscriber_ids
    )
    return Decided(n_readers=n_readers)


_LEFT: Final[dict[str, Any]] = {
    "issue_id": 3,
    "issued_on": "2026-04-28",
    "state": "sending",
    "n_in_doubt": 1500,
}


class RestoredBody(Body):
    """What is known of the database."""

    model_config = Body.model_config | examples({"is_current": False, "anyway": False})

    is_current: bool = Field(
        default=False, description="It was never restored; only the send epoch was lost."
    )
    anyway: bool = Field(
        default=False, description="Though nothing shows that it is older: a replica took over."
    )


class LeftOut(Out):
    """An issue with readers who may have had it."""

    model_config = examples(_LEFT)

    issue_id: int
    issued_on: date
    state: IssueState
    n_in_doubt: int = Field(description="To be settled with `POST /v1/issues/{id}/doubts/decide`.")


class LeftPage(BaseModel):
    """What is left to decide."""

    model_config = examples({"items": [_LEFT]})

    items: list[LeftOut]


class LostOut(Out):
    """An issue that was launched since the backup, which does not know it."""

    issue_id: int
    issued_on: str
    launched_at: AwareDatetime
    is_draft: bool = Field(description="Whether the backup has it, as a draft. Do not send it.")


class RestoredOut(BaseModel):
    """What was done, and what is left to decide."""

    model_config = examples(
        {
            "n_left": 12,
            "n_erased": 1,
            "n_suppressed": 4,
            "n_letters_in_doubt": 2,
            "journal_since": "2026-01-03T06:00:00Z",
            "silent_places": [],
            "issues_in_doubt": [_LEFT],
            "issues_lost": [],
        }
    )

    n_left: int
    n_erased: int
    n_suppressed: int
    n_letters_in_doubt: int
    journal_since: AwareDatetime | None = Field(description="null where there is no journal.")
    silent_places: list[str] = Field(description="Whose journal could not be read.")
    issues_in_doubt: list[LeftOut]
    issues_lost: list[LostOut]


@restored_router.get("", dependencies=[needs(Scope.READ)])
def list_left_to_decide(session: SessionDep) -> LeftPage:
    """List what is left to decide.

    Issues with readers in doubt since a restore. Events settle those they prove; the others wait
    for a person.
    """
    return LeftPage(items=[LeftOut.model_validate(one) for one in left_to_decide(session)])


@restored_router.post("")
@documents(WrongState)
def bring_up_to_date(
    container: ContainerDep,
    key: Annotated[ApiKey, needs_alone(Scope.ADMIN)],
    body: RestoredBody | None = None,
) -> RestoredOut:
    """Bring a restored database up to date.

    Whatever may have been sent since the backup goes into doubt; who left, was erased or suppressed
    stays so. The listener replays what the queue of events still holds. The account stays paused
    until it is resumed. Refused, with 409, where nothing shows that the database is older.
    """
    asked = body or RestoredBody()
    report = restored(container, get_actor(key), is_current=asked.is_current, anyway=asked.anyway)
    return fill(
        RestoredOut,
        report.people,
        n_letters_in_doubt=report.n_letters,
        journal_since=report.since,
        silent_places=report.silent,
        issues_in_doubt=report.left,
        issues_lost=report.lost,
    )
