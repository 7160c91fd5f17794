"""`/v1/subscribers.csv`: all readers, streamed."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated

import anyio
from fastapi import Query
from starlette.responses import StreamingResponse

from app.api.deps import ContainerDep, needs_alone
from app.api.errors import ApiRouter
from app.api.uploads import Transfers, TransfersDep
from app.container import Container
from app.db.session import transaction
from app.enums import Scope, SubscriberState
from app.readers.export import export_heading, export_page

router = ApiRouter(tags=["subscribers"])


@router.get(
    "/v1/subscribers.csv",
    dependencies=[needs_alone(Scope.PEOPLE)],
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def export_subscribers(
    container: ContainerDep,
    transfers: TransfersDep,
    state: Annotated[SubscriberState | None, Query(description="Only those in it.")] = None,
) -> StreamingResponse:
    """Export all subscribers.

    CSV with state, preferences, the last step of consent and suppression; who was erased is not in
    it. An import takes it back. Cells that a spreadsheet would run have an apostrophe before them.
    """
    return StreamingResponse(
        _pages(container, transfers, state),
        media_type="text/csv",
        headers={
            "Content-Disposition": 'attachment; filename="subscribers.csv"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


async def _pages(
    container: Container, transfers: Transfers, state: SubscriberState | None
) -> AsyncIterator[str]:
    """Yield the heading and then a page at a time.

    No database connection is held while a client reads.
    """
    run = partial(anyio.to_thread.run_sync, limiter=transfers.room)
    yield export_heading()
    after = 0
    while True:
        page, after = await run(_page, container, after, state)
        if not page:
            return
        yield page


def _page(container: Container, after: int, state: SubscriberState | None) -> tuple[str, int]:
    with transaction(container.api_sessions) as session:
        return export_page(session, after, state)
