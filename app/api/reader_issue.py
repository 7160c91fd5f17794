"""`/v1/subscribers/{subscriber_id}/issues/{issue_id}`: what a reader got, or why not."""

from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from app.actors import Actor
from app.api.deliveries import LISTED_EXAMPLE, ListedOut
from app.api.deps import NowDep, SessionDep, acts, needs
from app.api.errors import ApiRouter, documents
from app.api.fields import Body, Id, ShownDepth, examples
from app.delivery.reader_issue import reader_issue
from app.delivery.receptions import Reception, WhyNot
from app.delivery.resend import list_resends, resend
from app.enums import DeliveryState, Scope
from app.errors import Conflict, Gone, WrongState
from app.issues.lifecycle import get_issue
from app.models import Edition, Issue, Subscriber
from app.publication.categories import all_categories
from app.readers.subscribers import get_subscriber

router = ApiRouter(prefix="/v1/subscribers/{subscriber_id}/issues/{issue_id}", tags=["deliveries"])

_RESEND: Final[dict[str, Any]] = {
    "asked_by": "support desk",
    "asked_at": "2026-04-28T09:12:00Z",
    "again": True,
    "state": "delivered",
    "reason": None,
    "attempt": 1,
    "provider_id": "0102018f2a3b4c5d-8e7f6a5b",
    "at": "2026-04-28T05:03:12Z",
}
_EXAMPLE: Final[dict[str, Any]] = {
    "issue_id": 7,
    "subscriber_id": 17,
    "reception": "has",
    "why_not": None,
    "detail": "It was delivered on 2026-04-28 05:03 UTC.",
    "mend": None,
    "due_at": None,
    "delivery": LISTED_EXAMPLE,
    "edition": {"id": 4, "categories": ["ai", "devops"], "depth": "brief", "revision": 3},
    "resends": [],
}


class ReaderCutOut(BaseModel):
    """The edition that is theirs."""

    id: int
    categories: list[str]
    depth: ShownDepth
    revision: int


class ResendOut(BaseModel):
    """One more time that somebody wanted them to get it, and what was known until then."""

    model_config = ConfigDict(from_attributes=True) | examples(_RESEND)

    asked_by: str = Field(description="The API key's name, or `cli`.")
    asked_at: AwareDatetime
    again: bool = Field(description="Whether they had it, or might have had it, by then.")
    state: DeliveryState | None = Field(description="null: they were not among its readers.")
    reason: str | None
    attempt: int | None
    provider_id: str | None
    at: AwareDatetime | None


class ReaderIssueOut(BaseModel):
    """One reader and one issue."""

    model_config = examples(_EXAMPLE)

    issue_id: int
    subscriber_id: int
    reception: Reception = Field(
        description="Whether they have it, wait for it, get nothing, or nobody can tell."
    )
    why_not: WhyNot | None = Field(description="null for who has it.")
    detail: str = Field(description="The same in words.")
    mend: str | None = Field(description="What can be done, where the whole issue stands still.")
    due_at: AwareDatetime | None
    delivery: ListedOut | None = Field(description="null for who is not among its readers.")
    edition: ReaderCutOut | None
    resends: list[ResendOut]


class ResendBody(Body):
    """Whether they get it a second time."""

    model_config = Body.model_config | examples({"again": True})

    again: Annotated[bool, Field(strict=True)] = Field(
        default=False,
        description="Needed for who has it, or may have it: they get it a second time.",
    )


@router.get("", dependencies=[needs(Scope.PEOPLE)])
def show_reader_issue(
    session: SessionDep, subscriber_id: Id, issue_id: Id, now: NowDep
) -> ReaderIssueOut:
    """Show what a reader got of an issue.

    Or will get, or in words why not. Of an issue that was not launched yet it says what they would
    get as they are now.
    """
    reader = get_subscriber(session, subscriber_id)
    return _out(session, get_issue(session, issue_id), reader, now)


@router.post(
    "/resend")  # fmt: skip
@documents(Conflict, WrongState, Gone)
def resend_issue(
    session: SessionDep,
    subscriber_id: Id,
    issue_id: Id,
    now: NowDep,
    actor: Annotated[Actor, acts(Scope.SEND, Scope.PEOPLE)],
    body: ResendBody | None = None,
) -> ReaderIssueOut:
    """Resend an issue to a reader.

    Who got nothing of it gets it, once. Who has it, or may have it, is refused, with what is known;
    `again` sends it to them a second time, and that is kept with the key's name. Nobody is written
    to who left, paused or is suppressed. An issue that was sent is open again until they have it.
    """
    asked = body or ResendBody()
    resend(session, actor, issue_id, subscriber_id, now, again=asked.again)
    session.flush()
    reader = get_subscriber(session, subscriber_id)
    return _out(session, get_issue(session, issue_id), reader, now)


def _out(session: Session, issue: Issue, reader: Subscriber, now: datetime) -> ReaderIssueOut:
    found = reader_issue(session, issue, reader, now)
    return ReaderIssueOut(
        issue_id=issue.id,
        subscriber_id=reader.id,
        reception=found.reception,
        why_not=found.reason and found.reason.why,
        detail=found.words,
        mend=found.mend,
        due_at=found.due_at,
        delivery=found.row and ListedOut.model_validate(found.row),
        edition=found.row and _cut(session, found.row.edition_id),
        resends=[
            ResendOut.model_validate(one) for one in list_resends(session, issue.id, reader.id)
        ],
    )


def _cut(session: Session, edition_id: int) -> ReaderCutOut | None:
    edition = session.get(Edition, edition_id)
    if edition is None:
        return None
    return ReaderCutOut(
        id=edition.id,
        categories=[one.slug for one in all_categories(session) if one.mask & edition.follows],
        depth=edition.depth,
        revision=edition.revision,
    )
