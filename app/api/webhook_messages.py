"""`/v1/webhooks/{id}`: samples, replays, and the log of what a webhook was told."""

from typing import Annotated, Any, Final

from pydantic import AwareDatetime, BaseModel, Field

from app.api.deps import NowDep, OurClocks, SessionDep, needs
from app.api.errors import ApiRouter, documents
from app.api.fields import (
    LINE,
    MAX_ID,
    After,
    Body,
    Id,
    Instant,
    Limit,
    Next,
    examples,
    first_after,
    page_of,
)
from app.api.webhooks import Admin
from app.enums import Scope
from app.errors import NotFound, WrongState
from app.models import AttemptOutcome, OutboxKind
from app.webhooks import messages
from app.webhooks.names import name_of

router = ApiRouter(prefix="/v1/webhooks", tags=["webhooks"])


class SampleBody(Body):
    """The kind of event that a sample is of."""

    model_config = Body.model_config | examples({"kind": "issue.sent"})

    kind: OutboxKind


class SampleOut(BaseModel):
    """A sample that will be told, by the id of its message."""

    model_config = examples({"message": "sample_812"})

    message: str = Field(description="Its `webhook-id`; what came of it stands in the attempts.")


@router.post("/{webhook_id}/sample", status_code=202)
@documents(NotFound, WrongState)
def send_sample(
    session: SessionDep, now: NowDep, webhook_id: Id, body: SampleBody, actor: Admin
) -> SampleOut:
    """Send a sample.

    Signed and sent as all else, with made-up data that says `sample`.
    """
    row = messages.send_sample(session, actor, webhook_id, body.kind, now)
    session.flush()
    return SampleOut(message=name_of(row, None))


class ReplayBody(Body):
    """The messages to tell again: those of a time, or some by their ids."""

    model_config = Body.model_config | examples({"since": "2026-04-28T07:00:00Z"})

    since: Instant | None = Field(default=None, description="What happened from then on.")
    until: Instant | None = Field(default=None, description="And before then; null: until now.")
    messages: list[Annotated[str, Field(max_length=30, pattern=LINE)]] = Field(
        default=[], max_length=messages.MAX_IDS, description="Messages by their `webhook-id`."
    )


class ReplayOut(BaseModel):
    """How many messages are told again."""

    model_config = examples({"n_messages": 42})

    n_messages: int


@router.post("/{webhook_id}/replay", status_code=202)
@documents(NotFound, WrongState)
def replay_webhook(
    session: SessionDep,
    now: NowDep,
    webhook_id: Id,
    body: ReplayBody,
    actor: Admin,
    clocks: OurClocks,
) -> ReplayOut:
    """Tell a webhook again.

    What happened in a time, or messages by their ids; by the same ids as before. What waits for it
    already is not told twice.
    """
    n = messages.replay(
        session,
        actor,
        webhook_id,
        now,
        since=clocks.read("since", body.since),
        until=clocks.read("until", body.until),
        messages=body.messages,
    )
    return ReplayOut(n_messages=n)


_ATTEMPT: Final[dict[str, Any]] = {
    "id": 913,
    "message": "evt_1152921504606846976",
    "kind": "issue.sent",
    "at": "2026-04-28T07:00:05Z",
    "milliseconds": 84,
    "outcome": "refused",
    "status": 503,
    "detail": "answered 503",
}


_OF_ATTEMPT: Final = ("id", "at", "milliseconds", "outcome", "status", "detail")


class AttemptOut(BaseModel):
    """One request, and what came of it."""

    model_config = examples(_ATTEMPT)

    id: int
    message: str = Field(description="Its `webhook-id`.")
    kind: OutboxKind
    at: AwareDatetime
    milliseconds: int
    outcome: AttemptOutcome
    status: int | None
    detail: str


class AttemptPage(BaseModel):
    """Requests, the newest first."""

    model_config = examples({"items": [_ATTEMPT], "next": "WzkxM10"})

    items: list[AttemptOut]
    next: Next


@router.get("/{webhook_id}/attempts", dependencies=[needs(Scope.ADMIN)])
@documents(NotFound)
def list_attempts(
    session: SessionDep, webhook_id: Id, limit: Limit = 50, after: After = None
) -> AttemptPage:
    """List requests.

    What a webhook was told and what came of it, the newest first.
    """
    before = first_after(after, MAX_ID)
    rows = messages.attempts_of(session, webhook_id, limit=limit + 1, before=before)
    page, following = page_of(rows, limit, lambda row: row[0].id)
    items = [
        AttemptOut(
            **{name: getattr(one, name) for name in _OF_ATTEMPT},
            kind=message.kind,
            message=name_of(message, entry_id),
        )
        for one, message, entry_id in page
    ]
    return AttemptPage(items=items, next=following)
