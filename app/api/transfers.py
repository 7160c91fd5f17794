"""Files of readers in and out, as slowly as clients like: imports, exports, one reader's data."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Final

import anyio
from anyio import CapacityLimiter
from fastapi import Depends, Query, Request
from pydantic import AwareDatetime, BaseModel, Field
from starlette.requests import ClientDisconnect
from starlette.responses import StreamingResponse

from app.actors import Actor
from app.api.deps import ContainerDep, NowDep, SessionDep, get_actor, needs, needs_alone
from app.api.errors import ApiRouter, documents
from app.api.fields import LINE, Id, examples
from app.api.imports import PATH, ImportOut, import_out
from app.container import Container
from app.db.session import transaction
from app.enums import Depth, Scope, SubscriberState
from app.errors import AppError, TooLarge, WrongState
from app.models import ApiKey
from app.publication.categories import follows_of
from app.readers.export import export_heading, export_page
from app.readers.imports import upload
from app.readers.imports.intake import Intake
from app.readers.imports.upload import FormatHints
from app.readers.own_data import own_data
from app.readers.subscribers import get_subscriber

router = ApiRouter(prefix=PATH, tags=["imports"])
readers_router = ApiRouter(tags=["subscribers"])

_PIECE: Final = 1 << 20
_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "The file, as it is; up to 512 MiB.",
        "content": {
            "text/csv": {
                "schema": {"type": "string"},
                "example": "email,status\nreader@example.com,active\n",
            },
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


@dataclass(frozen=True)
class Transfers:
    """What long uploads and exports share: of all of them, two use a connection at a time.

    A slow client holds none, so requests never wait for one (`db.session.make_engine`).
    """

    room: CapacityLimiter = field(default_factory=partial(CapacityLimiter, 2))


def get_transfers(request: Request) -> Transfers:
    """Return the process's Transfers, which `create_app` put on the application."""
    transfers: Transfers = request.app.state.transfers
    return transfers


TransfersDep = Annotated[Transfers, Depends(get_transfers)]


async def csv_file(
    transfers: Transfers, name: str, heading: str, read: Callable[[int], tuple[str, int]]
) -> StreamingResponse:
    """Return a file of the pages that `read` gives: each with where the next one begins.

    An error of the first page is answered as an error. No connection is held while a client reads.
    """
    run = partial(anyio.to_thread.run_sync, limiter=transfers.room)
    first = await run(read, 0)

    async def pages() -> AsyncIterator[str]:
        yield heading
        page, after = first
        while page:
            yield page
            page, after = await run(read, after)

    return StreamingResponse(
        pages(),
        media_type="text/csv",
        headers={
            "Content-Disposition": f'attachment; filename="{name}.csv"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


@dataclass(frozen=True)
class Sent:
    """What is said of a file beside it."""

    name: Annotated[str, Query(max_length=200, pattern=LINE, description="The file's name.")] = (
        "upload.csv"
    )
    encoding: Annotated[
        str,
        Query(
            max_length=20, description="As `latin-1`; UTF-8, or what its mark says, unless given."
        ),
    ] = ""
    delimiter: Annotated[
        str, Query(max_length=1, description="What divides cells; guessed unless given.")
    ] = ""
    form: Annotated[str, Query(max_length=60, description="Whose export; guessed.")] = ""
    categories: Annotated[
        str | None,
        Query(max_length=2000, description="Slugs, divided by commas, for rows that name none."),
    ] = None
    depth: Annotated[Depth, Query(description="For rows that say none.")] = Depth.BRIEF


@router.post("", status_code=201, openapi_extra=_BODY)
@documents(WrongState, TooLarge)
async def upload_import(
    request: Request,
    container: ContainerDep,
    now: NowDep,
    transfers: TransfersDep,
    sent: Annotated[Sent, Depends()],
    key: Annotated[ApiKey, needs_alone(Scope.EDIT, Scope.PEOPLE)],
) -> ImportOut:
    """Upload a file of readers.

    CSV of any size up to 512 MiB, taken as it comes. Nobody is added yet: it is read, its columns
    recognised, and it says what would become of its rows once it is `ready`. It is forgotten after
    a day unless it is started.
    """
    run = partial(anyio.to_thread.run_sync, limiter=transfers.room)
    intake = Intake(sent.encoding)
    import_id = await run(_begin, container, sent, now)
    try:
        kept = bytearray()
        async for part in request.stream():
            kept += part
            while len(kept) >= _PIECE:
                piece, kept = bytes(kept[:_PIECE]), kept[_PIECE:]
                await run(_add, container, import_id, intake, piece)
        await run(_add, container, import_id, intake, bytes(kept))
        return await run(_end, container, import_id, intake, sent, get_actor(key))
    except (AppError, ClientDisconnect):
        await run(_discard, container, import_id, get_actor(key), now)
        raise


def _begin(container: Container, sent: Sent, now: datetime) -> int:
    slugs = None if sent.categories is None else [one.strip() for one in sent.categories.split(",")]
    with transaction(container.api_sessions) as session:
        follows = follows_of(session, slugs)
        row = upload.begin_import(session, sent.name, follows=follows, depth=sent.depth, now=now)
        return row.id


def _add(container: Container, import_id: int, intake: Intake, data: bytes) -> None:
    with transaction(container.api_sessions) as session:
        upload.add_piece(session, import_id, intake.feed(data))


def _end(
    container: Container, import_id: int, intake: Intake, sent: Sent, actor: Actor
) -> ImportOut:
    with transaction(container.api_sessions, container.enqueue_now) as session:
        upload.add_piece(session, import_id, intake.end())
        hints = FormatHints(sent.delimiter, sent.form)
        row = upload.end_upload(session, actor, import_id, intake.encoding, hints)
        return import_out(session, row)


def _discard(container: Container, import_id: int, actor: Actor, now: datetime) -> None:
    with transaction(container.api_sessions) as session:
        upload.discard(session, actor, import_id, now)


@readers_router.get(
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
    read = partial(_page, container, state)
    return await csv_file(transfers, "subscribers", export_heading(), read)


def _page(container: Container, state: SubscriberState | None, after: int) -> tuple[str, int]:
    with transaction(container.api_sessions) as session:
        return export_page(session, after, state)


class OwnData(BaseModel):
    """Everything kept of one reader; what a reader can download themselves."""

    model_config = examples(
        {
            "made_at": "2026-11-23T06:00:00Z",
            "subscriber": {"id": 17, "address": "reader@example.com", "state": "active"},
            "preferences": {"categories": ["ai"], "depth": "brief", "hour": None},
            "suppression": None,
            "consents": [{"step": "confirmed", "at": "2026-04-20T08:16:30Z", "source": "page"}],
            "deliveries": [{"issue": 3, "issued_on": "2026-11-20", "state": "delivered"}],
            "resends": [],
            "letters": [{"kind": "confirmation", "state": "delivered"}],
            "clicks": [{"issue": 3, "kind": "story", "times": 1}],
        }
    )

    made_at: AwareDatetime
    subscriber: dict[str, Any] = Field(description="Who they are, and in which state.")
    preferences: dict[str, Any] = Field(description="What they chose.")
    suppression: dict[str, Any] | None = Field(description="Why they are not written to, if so.")
    consents: list[dict[str, Any]] = Field(description="What they agreed to, step by step.")
    deliveries: list[dict[str, Any]] = Field(description="Issues, and what became of each.")
    resends: list[dict[str, Any]] = Field(description="Issues that we were asked to resend.")
    letters: list[dict[str, Any]] = Field(description="Other mails to them.")
    clicks: list[dict[str, Any]] = Field(description="Links they followed, where that is kept.")


@readers_router.get("/v1/subscribers/{subscriber_id}/data", dependencies=[needs(Scope.PEOPLE)])
def show_own_data(session: SessionDep, subscriber_id: Id, now: NowDep) -> OwnData:
    """Show all that is kept of a subscriber.

    The same as the file that readers download on their own page.
    """
    reader = get_subscriber(session, subscriber_id)
    return OwnData.model_validate(own_data(session, reader, now))
