"""`/v1/issues/{issue_id}/doubts`: readers of whom nobody knows whether they got it."""

from typing import Annotated, Any, Final

from pydantic import AwareDatetime, BaseModel, Field

from app.actors import Actor
from app.api.deps import NowDep, SessionDep, acts, needs
from app.api.errors import ApiRouter, documents
from app.api.fields import MAX_ID, After, Body, Id, Limit, examples, first_after, page_of
from app.delivery.doubt import Decision
from app.enums import Scope
from app.errors import Conflict, WrongState
from app.issues.doubts import decide_doubts, doubts_of
from app.models import Delivery

router = ApiRouter(prefix="/v1/issues/{issue_id}/doubts", tags=["doubts"])

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
    next: str | None = Field(description="Give it as `after` for the next page; null at the end.")


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
        items=[_out(row) for row in page],
        next=following,
    )


@router.post("/decide")
@documents(Conflict, WrongState)
def decide_doubt(
    session: SessionDep,
    issue_id: Id,
    body: DecisionBody,
    now: NowDep,
    actor: Annotated[Actor, acts(Scope.SEND)],
) -> Decided:
    """Decide doubts.

    Resending opens a finished issue again. Whoever did get the first mail then gets a second one.
    """
    n_readers = decide_doubts(session, issue_id, body.decision, now, body.subscriber_ids, actor)
    return Decided(n_readers=n_readers)


def _out(row: Delivery) -> DoubtOut:
    return DoubtOut(
        subscriber_id=row.subscriber_id,
        edition_id=row.edition_id,
        attempt=row.attempt,
        reason=row.reason,
        doubtful_since=row.at,
    )
