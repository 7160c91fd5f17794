"""Whom an issue goes to and what became of each; of one reader in words, and to be resent."""

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Final

from fastapi import Depends, Query
from pydantic import AwareDatetime, BaseModel, Field
from sqlalchemy.orm import Session
from starlette.responses import StreamingResponse

from app.actors import Actor
from app.api.deps import ContainerDep, NowDep, SessionDep, acts, needs, needs_alone
from app.api.errors import ApiRouter, documents
from app.api.fields import (
    MAX_ID,
    After,
    Body,
    Id,
    Limit,
    Next,
    Out,
    ShownDepth,
    examples,
    fill,
    first_after,
    key_of,
    page_of,
)
from app.api.transfers import TransfersDep, csv_file
from app.container import Container
from app.db.session import transaction
from app.delivery.deliveries import DeliveryFilter, list_deliveries
from app.delivery.reader_issue import reader_issue
from app.delivery.receptions import ListedState, Reception, WhyNot
from app.delivery.resend import list_resends, resend
from app.enums import Cause, DeliveryState, Scope
from app.errors import Conflict, Gone, WrongState
from app.issues.lifecycle import get_issue
from app.models import Edition, Issue, Subscriber
from app.publication.categories import slugs_of
from app.readers.export import delivery_heading, delivery_page
from app.readers.subscribers import get_subscriber, list_subscribers

router = ApiRouter(prefix="/v1/issues/{issue_id}", tags=["deliveries"])

LISTED_EXAMPLE: Final[dict[str, Any]] = {
    "subscriber_id": 17,
    "address": "reader@example.com",
    "edition_id": 4,
    "state": "delivered",
    "attempt": 1,
    "reason": None,
    "cause": None,
    "provider_id": "0102018f2a3b4c5d-8e7f6a5b",
    "at": "2026-04-28T05:03:10Z",
    "event_at": "2026-04-28T05:03:12Z",
    "due_at": None,
}


class ListedOut(Out):
    """One reader of an issue."""

    model_config = examples(LISTED_EXAMPLE)

    subscriber_id: int
    address: str | None = Field(description="As it is now; null once erased.")
    edition_id: int
    state: ListedState = Field(
        description="`queued` and `sending` have no row in the ledger yet; who is `cancelled` gets "
        "nothing, because the issue was."
    )
    attempt: int = Field(description="How many tries there were.")
    reason: str | None = Field(description="A word of ours or of the provider.")
    cause: Cause | None = Field(description="Whose doing a bounce is; null: nothing says so.")
    provider_id: str | None = Field(description="The provider's id of the message.")
    at: AwareDatetime | None = Field(description="When it came to be so; null for who waits.")
    event_at: AwareDatetime | None = Field(description="When that happened which an event told.")
    due_at: AwareDatetime | None = Field(description="Of who waits; null: at once.")


class ListedPage(BaseModel):
    """Readers of an issue, by their numbers."""

    model_config = examples({"items": [LISTED_EXAMPLE], "next": "WzE3XQ"})

    items: list[ListedOut]
    next: Next


def wanted_of(
    state: Annotated[ListedState | None, Query(description="Only those in it.")] = None,
    edition: Annotated[
        int | None, Query(ge=1, le=MAX_ID, description="Only those of the edition of this id.")
    ] = None,
) -> DeliveryFilter:
    """Return which readers are asked for."""
    return DeliveryFilter(state=state, edition_id=edition)


WantedDep = Annotated[DeliveryFilter, Depends(wanted_of)]


@router.get("/deliveries", dependencies=[needs(Scope.PEOPLE)])
@documents(Gone)
def list_issue_deliveries(
    session: SessionDep,
    issue_id: Id,
    wanted: WantedDep,
    limit: Limit = 50,
    after: After = None,
    address: Annotated[
        str | None, Query(max_length=254, description="The one with this address.")
    ] = None,
) -> ListedPage:
    """List an issue's deliveries.

    All of its readers, a page at a time: whoever waits or is being written to, and what became of
    the others. Of an issue that was not launched yet there are none.
    """
    issue = get_issue(session, issue_id)
    if address is not None:
        found = list_subscribers(session, after=0, limit=1, address_key=key_of(address))
        if not found:
            return ListedPage(items=[], next=None)
        wanted = replace(wanted, subscriber_id=found[0].id)
    start = first_after(after)
    rows = list_deliveries(session, issue, wanted, after=start, limit=limit + 1)
    page, following = page_of(rows, limit, lambda row: row.subscriber_id)
    return ListedPage(items=[ListedOut.model_validate(row) for row in page], next=following)


# Not in the transaction of the request: a client may take long over a million lines.
@router.get(
    "/deliveries.csv",
    dependencies=[needs_alone(Scope.PEOPLE)],
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
@documents(Gone)
async def export_deliveries(
    container: ContainerDep, transfers: TransfersDep, issue_id: Id, wanted: WantedDep
) -> StreamingResponse:
    """Export an issue's deliveries.

    As CSV, by the numbers of its readers; who changes meanwhile is in it as they were or as they
    are. Cells that a spreadsheet would run have an apostrophe before them.
    """
    read = partial(_page, container, issue_id, wanted)
    return await csv_file(transfers, f"issue-{issue_id}-deliveries", delivery_heading(), read)


def _page(
    container: Container, issue_id: int, wanted: DeliveryFilter, after: int
) -> tuple[str, int]:
    with transaction(container.api_sessions) as session:
        return delivery_page(session, get_issue(session, issue_id), wanted, after)


reader_router = ApiRouter(
    prefix="/v1/subscribers/{subscriber_id}/issues/{issue_id}", tags=["deliveries"]
)

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


class ResendOut(Out):
    """One more time that somebody wanted them to get it, and what was known until then."""

    model_config = examples(_RESEND)

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


@reader_router.get("", dependencies=[needs(Scope.PEOPLE)])
def show_reader_issue(
    session: SessionDep, subscriber_id: Id, issue_id: Id, now: NowDep
) -> ReaderIssueOut:
    """Show what a reader got of an issue.

    Or will get, or in words why not. Of an issue that was not launched yet it says what they would
    get as they are now.
    """
    reader = get_subscriber(session, subscriber_id)
    return _out(session, get_issue(session, issue_id), reader, now)


@reader_router.post(
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
    return fill(
        ReaderIssueOut,
        found,
        issue_id=issue.id,
        subscriber_id=reader.id,
        why_not=found.reason and found.reason.why,
        detail=found.words,
        delivery=found.row,
        edition=found.row and _cut(session, found.row.edition_id),
        resends=list_resends(session, issue.id, reader.id),
    )


def _cut(session: Session, edition_id: int) -> ReaderCutOut | None:
    edition = session.get(Edition, edition_id)
    if edition is None:
        return None
    return fill(ReaderCutOut, edition, categories=slugs_of(session, edition.follows))
