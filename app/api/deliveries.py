"""`/v1/issues/{issue_id}/deliveries`: whom an issue goes to, and what became of each."""

from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from typing import Annotated, Any, Final

import anyio
from fastapi import Depends, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.responses import StreamingResponse

from app.api.deps import ContainerDep, SessionDep, needs, needs_alone
from app.api.errors import ApiRouter, documents
from app.api.fields import MAX_ID, After, Id, Limit, examples, first_after, key_of, page_of
from app.api.uploads import Transfers, TransfersDep
from app.container import Container
from app.db.session import transaction
from app.delivery.deliveries import Wanted, list_deliveries
from app.delivery.receptions import ListedState
from app.enums import Scope
from app.errors import Gone
from app.issues.lifecycle import get_issue
from app.readers.delivery_export import delivery_heading, delivery_page
from app.readers.subscribers import list_subscribers

router = ApiRouter(prefix="/v1/issues/{issue_id}", tags=["deliveries"])

LISTED_EXAMPLE: Final[dict[str, Any]] = {
    "subscriber_id": 17,
    "address": "reader@example.com",
    "edition_id": 4,
    "state": "delivered",
    "attempt": 1,
    "reason": None,
    "provider_id": "0102018f2a3b4c5d-8e7f6a5b",
    "at": "2026-04-28T05:03:10Z",
    "event_at": "2026-04-28T05:03:12Z",
    "due_at": None,
}


class ListedOut(BaseModel):
    """One reader of an issue."""

    model_config = ConfigDict(from_attributes=True) | examples(LISTED_EXAMPLE)

    subscriber_id: int
    address: str | None = Field(description="As it is now; null once erased.")
    edition_id: int
    state: ListedState = Field(
        description="`queued` and `sending` have no row in the ledger yet; who is `cancelled` gets "
        "nothing, because the issue was."
    )
    attempt: int = Field(description="How many tries there were.")
    reason: str | None = Field(description="A word of ours or of the provider.")
    provider_id: str | None = Field(description="The provider's id of the message.")
    at: AwareDatetime | None = Field(description="When it came to be so; null for who waits.")
    event_at: AwareDatetime | None = Field(description="When that happened which an event told.")
    due_at: AwareDatetime | None = Field(description="Of who waits; null: at once.")


class ListedPage(BaseModel):
    """Readers of an issue, by their numbers."""

    model_config = examples({"items": [LISTED_EXAMPLE], "next": "WzE3XQ"})

    items: list[ListedOut]
    next: str | None = Field(description="Give it as `after` for the next page; null at the end.")


def wanted_of(
    state: Annotated[ListedState | None, Query(description="Only those in it.")] = None,
    edition: Annotated[
        int | None, Query(ge=1, le=MAX_ID, description="Only those of the edition of this id.")
    ] = None,
) -> Wanted:
    """Return which readers are asked for."""
    return Wanted(state=state, edition_id=edition)


WantedDep = Annotated[Wanted, Depends(wanted_of)]


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
    return ListedPage(
        items=[ListedOut.model_validate(row) for row in page],
        next=following,
    )


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
    first = await _run(transfers, container, issue_id, wanted, 0)
    return StreamingResponse(
        _pages(container, transfers, issue_id, wanted, first),
        media_type="text/csv",
        headers={
            "Content-Disposition": f'attachment; filename="issue-{issue_id}-deliveries.csv"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


async def _pages(
    container: Container,
    transfers: Transfers,
    issue_id: int,
    wanted: Wanted,
    first: tuple[str, int],
) -> AsyncIterator[str]:
    """Yield the heading and then a page at a time; no connection is held while a client reads."""
    yield delivery_heading()
    page, after = first
    while page:
        yield page
        page, after = await _run(transfers, container, issue_id, wanted, after)


async def _run(
    transfers: Transfers, container: Container, issue_id: int, wanted: Wanted, after: int
) -> tuple[str, int]:
    read = partial(_page, container, issue_id, wanted, after)
    return await anyio.to_thread.run_sync(read, limiter=transfers.room)


def _page(container: Container, issue_id: int, wanted: Wanted, after: int) -> tuple[str, int]:
    with transaction(container.api_sessions) as session:
        return delivery_page(session, get_issue(session, issue_id), wanted, after)
