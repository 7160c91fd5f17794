"""`/v1/issues/{issue_id}/document`: the shared document of a draft, over a WebSocket.

A client sends its state vector and gets what it lacks, and the server's vector, to which it answers
with what the server lacks. It may go on sending updates; each is on the disk when it is
acknowledged. docs/editing.md has the frames.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Protocol

import anyio
import structlog
from fastapi import APIRouter, WebSocket
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from starlette.responses import Response
from starlette.websockets import WebSocketDisconnect, WebSocketState

from app.access.keys import check_key, is_use_due, note_use
from app.actors import Actor, ActorKind
from app.api.errors import MEDIA_TYPE
from app.api.fields import Id
from app.api.open_documents import Connection, Documents
from app.api.problems import problem_of
from app.container import Container
from app.editing import frames
from app.editing.frames import BadFrame, Frame
from app.editing.shape import panics_as_errors
from app.editing.store import document_at, open_document, store_update
from app.enums import Scope
from app.errors import AppError, Forbidden, Unavailable
from app.language import SOURCE, present
from app.web_addresses import origin_of

router = APIRouter()

REPLACED: Final = 4409
"""The code that closes a connection whose copy is of an older document, by its `name`."""

_BURST: Final = 60.0
_PER_SECOND: Final = 30.0
_GREETING: Final = 10.0
"""Frames that a state vector counts for: the whole document is read for it."""
_BAD_FRAME: Final = 1003
_NOT_ALLOWED: Final = 1008
_COME_BACK: Final = 1013

_log = structlog.get_logger(__name__)


class WhoAsks(Protocol):
    """Asks whose a connection is now."""

    def __call__(self, session: Session, /, *, is_act: bool = False) -> Actor:
        """Return who it is; with `is_act` note that they did something themselves.

        Raises:
            AppError: they may not edit, or no longer.
        """


class _KeptOut(Exception):
    """Who writes may not any more; says why."""


@router.websocket("/v1/issues/{issue_id}/document")
async def edit_by_key(websocket: WebSocket, issue_id: Id) -> None:
    """Edit a draft together with others; needs a key with the scope `edit`."""
    await edit_together(websocket, issue_id, partial(_key_of, websocket))


def _key_of(websocket: WebSocket, session: Session, *, is_act: bool = False) -> Actor:
    """Return the key that a connection carries, if it may edit."""
    container: Container = websocket.app.state.container
    scheme, _, secret = websocket.headers.get("authorization", "").partition(" ")
    given = secret.strip() if scheme.lower() == "bearer" else None
    client = websocket.client.host if websocket.client else None
    now = container.clock()
    key = check_key(session, given, [Scope.EDIT], now, client)
    if is_act and is_use_due(key, now):
        note_use(session, key.id, now)
    return Actor(ActorKind.KEY, key.name, key.id)


async def edit_together(
    websocket: WebSocket, issue_id: int, who_asks: WhoAsks, *, is_browser: bool = False
) -> None:
    """Let somebody write in the document of a draft until they leave.

    Before it is accepted a connection is refused as a request is, with a problem: where `who_asks`
    raises, where it comes from a page of another site, and where there is no document to open. A
    client that says by `name` which document its copy is of is closed where that is another one:
    two that were made apart must not be merged. With `is_browser`, where a cookie
    says who it is, it also has to say that it comes from a page of ours.
    """
    documents: Documents = websocket.app.state.documents
    container: Container = websocket.app.state.container
    try:
        origin = websocket.headers.get("origin", "" if is_browser else None)
        refuse_other_sites(origin, container.settings.base_url)
        actor = await documents.run(who_asks)
        seq, name = await documents.run(partial(_opened, issue_id=issue_id))
        language = present().code if is_browser else SOURCE
        async with documents.connect(issue_id, actor, seq, language) as connection:
            await websocket.accept()
            if websocket.query_params.get("name", name) != name:
                await websocket.close(REPLACED, "The document was made anew. Load the page again.")
                return
            talk = _Talk(websocket, documents, container, issue_id, connection, who_asks)
            await talk.until_over()
    except (AppError, SQLAlchemyError) as error:
        if websocket.application_state == WebSocketState.CONNECTING:
            await websocket.send_denial_response(_problem(error, container.settings.base_url))


def _opened(session: Session, issue_id: int) -> tuple[int, str]:
    document = open_document(session, issue_id)
    return document.last_seq, str(document.name)


def refuse_other_sites(origin: str | None, base_url: str) -> None:
    """Raise Forbidden for a WebSocket that a page of another site opened.

    Browsers send `Origin` with each, and cookies too; what sends none is no browser.
    Source: RFC 6455 section 10.2.
    """
    if origin is not None and origin != origin_of(base_url):
        raise Forbidden("A page of another site may not open this.")


def _problem(error: AppError | SQLAlchemyError, base_url: str) -> Response:
    known = error if isinstance(error, AppError) else Unavailable("The database does not answer.")
    return Response(
        problem_of(known, base_url, "").model_dump_json(exclude_defaults=True),
        status_code=known.status,
        media_type=MEDIA_TYPE,
        headers=known.headers,
    )


@dataclass
class _Talk:
    """One accepted connection; `n_stored` of its updates are on the disk."""

    websocket: WebSocket
    documents: Documents
    container: Container
    issue_id: int
    connection: Connection
    who_asks: WhoAsks
    n_stored: int = 0
    allowance: float = _BURST
    counted_at: float = field(default_factory=anyio.current_time)

    async def until_over(self) -> None:
        """Hear and tell until the client has left, must leave or cannot keep up."""
        async with anyio.create_task_group() as group:
            group.start_soon(self._tell)
            group.start_soon(self._check)
            try:
                await self._hear()
            except BadFrame as error:
                await self._close(_BAD_FRAME, str(error))
            except _KeptOut as error:
                await self._close(_NOT_ALLOWED, str(error))
            except AppError as error:  # there is no such document any more: connecting says why
                await self._close(_COME_BACK, error.detail)
            except SQLAlchemyError as error:
                _log.warning("document_not_stored", error=type(error).__name__)
                await self._close(_COME_BACK, "We cannot store this just now.")
            group.cancel_scope.cancel()

    async def _hear(self) -> None:
        while True:
            message = await self.websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            frame = frames.read_frame(message.get("bytes") or b"")
            await self._slow_down(frame)
            if frame.kind == frames.PING:
                self.connection.send(frames.ping_frame())
            elif frame.kind == frames.PRESENCE:
                presence = frames.read_presence(frame.body, self.connection.actor.name)
                await self.documents.send_presence(self.issue_id, self.connection, presence)
            elif frame.step == frames.STEP_1:
                await self._greet(frame)
            else:
                await self._store(frame)

    async def _greet(self, frame: Frame) -> None:
        """Say what the client lacks, and ask for what we lack."""

        def read(session: Session) -> tuple[bytes, bytes]:
            document = open_document(session, self.issue_id)
            doc = document_at(session, document, document.last_seq)
            try:
                with panics_as_errors():
                    return doc.get_update(frame.body), doc.get_state()
            except (ValueError, RuntimeError) as error:
                raise BadFrame("That is no state vector.") from error

        missing, state = await self.documents.run(read)
        self.connection.send(frames.sync_frame(frames.STEP_2, missing))
        self.connection.send(frames.sync_frame(frames.STEP_1, state))

    async def _store(self, frame: Frame) -> None:
        """Acknowledge an update once it is stored; say why where it cannot be.

        Who may not edit any more is kept out in the transaction that would store it. What is sent
        at the beginning is the browser's own doing, an update is its person's.
        """
        now = self.container.clock()
        is_whole = frame.step == frames.STEP_2

        def store(session: Session) -> int | None:
            try:
                actor = self.connection.actor = self.who_asks(session, is_act=not is_whole)
            except AppError as error:
                raise _KeptOut(error.detail) from error
            return store_update(session, actor, self.issue_id, frame.body, now, is_whole=is_whole)

        try:
            seq = await self.documents.run(store)
        except AppError as error:
            self.connection.tell({"refused": error.detail})
            return
        self.n_stored += 1
        self.connection.send(frames.stored_frame(self.n_stored))
        if seq is not None:
            self.connection.own.add(seq)
            await self.documents.notify(self.issue_id)

    async def _slow_down(self, frame: Frame) -> None:
        """Let a client wait that sends too much: what it sends then waits with it."""
        now = anyio.current_time()
        allowed = min(_BURST, self.allowance + (now - self.counted_at) * _PER_SECOND)
        is_greeting = frame.kind == frames.SYNC and frame.step == frames.STEP_1
        self.allowance = allowed - (_GREETING if is_greeting else 1)
        self.counted_at = now
        if self.allowance < 0:
            await anyio.sleep(-self.allowance / _PER_SECOND)

    async def _tell(self) -> None:
        with suppress(WebSocketDisconnect, RuntimeError):  # the client has left
            async for frame in self.connection.out:
                await self.websocket.send_bytes(frame)
            await self._close(_COME_BACK, "Too slow. Come back for all of it.")

    async def _check(self) -> None:
        """Close the connection once its key or session is no longer good."""
        while True:
            await anyio.sleep(self.documents.pace.check_seconds)
            try:
                self.connection.actor = await self.documents.run(self.who_asks)
            except AppError as error:
                await self._close(_NOT_ALLOWED, error.detail)
                return
            except SQLAlchemyError as error:
                _log.warning("document_not_checked", error=type(error).__name__)

    async def _close(self, code: int, reason: str) -> None:
        if self.websocket.application_state == WebSocketState.CONNECTED:
            # A reason of more than 123 bytes is no frame. Source: RFC 6455, 5.5.
            await self.websocket.close(code, reason.encode()[:120].decode(errors="ignore"))
