"""`/v1/account/restored`: bringing a restored database up to date, and what is left to decide."""

from datetime import date
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, BaseModel, Field

from app.api.deps import ContainerDep, SessionDep, get_actor, needs, needs_alone
from app.api.errors import ApiRouter, documents
from app.api.fields import Body, examples
from app.enums import IssueState, Scope
from app.errors import WrongState
from app.models import ApiKey
from app.recovery.restored import Left, left_to_decide, restored

router = ApiRouter(prefix="/v1/account/restored", tags=["account"])

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


class LeftOut(BaseModel):
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


class LostOut(BaseModel):
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


@router.get("", dependencies=[needs(Scope.READ)])
def list_left_to_decide(session: SessionDep) -> LeftPage:
    """List what is left to decide.

    Issues with readers in doubt since a restore. Events settle those they prove; the others wait
    for a person.
    """
    return LeftPage(items=[_left(one) for one in left_to_decide(session)])


@router.post("")
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
    report = restored(
        container, is_current=asked.is_current, anyway=asked.anyway, actor=get_actor(key)
    )
    return RestoredOut(
        n_left=report.people.n_left,
        n_erased=report.people.n_erased,
        n_suppressed=report.people.n_suppressed,
        n_letters_in_doubt=report.n_letters,
        journal_since=report.since,
        silent_places=list(report.silent),
        issues_in_doubt=[_left(one) for one in report.left],
        issues_lost=[
            LostOut(
                issue_id=one.issue_id,
                issued_on=one.issued_on,
                launched_at=one.launched_at,
                is_draft=one.is_draft,
            )
            for one in report.lost
        ],
    )


def _left(one: Left) -> LeftOut:
    return LeftOut(
        issue_id=one.issue_id,
        issued_on=one.issued_on,
        state=one.state,
        n_in_doubt=one.n_in_doubt,
    )
