"""The documents that are open in this process: who writes in them, and what is sent to each.

No text is held here. What somebody writes is a row before it is acknowledged; a document reads on
from the last row that it sent, once a second or as soon as it is notified, and settles what is due.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, TypeVar

import anyio
import structlog
from anyio import CapacityLimiter
from anyio.abc import TaskGroup
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from sqlalchemy.orm import Session

from app.actors import Actor
from app.api.concurrency import DOCUMENTS
from app.api.document_status import in_words, status_of
from app.container import Container
from app.db.session import transaction
from app.editing import frames
from app.editing.channel import CHANGED, PRESENT, WHO, Channel, Message
from app.editing.settle import settle
from app.editing.store import Head, news_after, read_head
from app.errors import TooMany
from app.language import SOURCE, speaking
from app.sentences import N_, Sentence

MAX_CONNECTIONS: Final = 8
"""Connections of one person to one process, as many as somebody has tabs."""

_MAX_WAITING: Final = 512
"""Frames that wait for a slow reader; it is then closed, and comes back for all of it at once."""

_Result = TypeVar("_Result")
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Pace:
    """How soon after a change a document is settled, and how often it is looked at in any case.

    Every `check_seconds` it is asked again whether a connection may still be there.
    """

    settle_seconds: float = 0.5
    look_seconds: float = 1.0
    check_seconds: float = 5.0


@dataclass(eq=False)
class Connection:
    """One connection: whose it is, what is still to be sent to it, and where its person is.

    `language` is the code of what it is told in.
    """

    actor: Actor
    language: str
    into: MemoryObjectSendStream[bytes]
    out: MemoryObjectReceiveStream[bytes]
    own: set[int] = field(default_factory=set)
    presence: frames.Presence | None = None

    def send(self, frame: bytes) -> None:
        """Let the frame wait for its turn; close the connection where too many wait."""
        try:
            self.into.send_nowait(frame)
        except (anyio.WouldBlock, anyio.ClosedResourceError, anyio.BrokenResourceError):
            self.into.close()

    def tell(self, status: Mapping[str, Any]) -> None:
        """Send where the document stands, with its sentences in the connection's language."""
        with speaking(self.language):
            self.send(frames.status_frame(in_words(status)))


@dataclass(eq=False)
class OpenDocument:
    """One open document: its connections, and up to which update they know it."""

    issue_id: int
    seq: int
    connections: set[Connection] = field(default_factory=set)
    changed: anyio.Event = field(default_factory=anyio.Event)
    due_since: float | None = None
    status: Mapping[str, Any] = field(default_factory=dict)

    def broadcast(self, frame: bytes, *, but: Connection | None = None) -> None:
        """Send to all who are here, but one."""
        for connection in [*self.connections]:
            if connection is not but:
                connection.send(frame)

    def tell(self, status: Mapping[str, Any]) -> None:
        """Send all who are here where the document stands."""
        for connection in [*self.connections]:
            connection.tell(status)


class Documents:
    """The open documents of one process."""

    def __init__(self, container: Container, pace: Pace | None = None) -> None:
        self._container = container
        self.pace = pace or Pace()
        self._open_documents: dict[int, OpenDocument] = {}
        self._channel = Channel(container.settings.redis_url)
        self._limiter = CapacityLimiter(DOCUMENTS)
        self._group: TaskGroup | None = None
        self._is_listening = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep the documents for as long as the process serves."""
        async with anyio.create_task_group() as group:
            self._group = group
            yield
            group.cancel_scope.cancel()

    async def run(self, step: Callable[[Session], _Result]) -> _Result:
        """Do a step in a transaction of its own, in a thread."""

        def work() -> _Result:
            with transaction(self._container.sessions, self._container.enqueue_now) as session:
                return step(session)

        return await anyio.to_thread.run_sync(work, limiter=self._limiter)

    @asynccontextmanager
    async def connect(
        self, issue_id: int, actor: Actor, seq: int, language: str = SOURCE
    ) -> AsyncIterator[Connection]:
        """Connect somebody to a document, of which they are sent all that comes after `seq`.

        They are told in the language of this code.

        Raises:
            TooMany: this person has too many connections.
        """
        self._refuse_too_many(actor)
        document = self._open_documents.get(issue_id) or self._open(issue_id, seq)
        into, out = anyio.create_memory_object_stream[bytes](_MAX_WAITING)
        connection = Connection(actor, language, into, out)
        document.connections.add(connection)
        try:
            if document.status:
                connection.tell(document.status)
            for other in document.connections - {connection}:
                if other.presence is not None:
                    connection.send(frames.presence_frame(other.presence))
            await self._channel.publish(issue_id, WHO)
            yield connection
        finally:
            document.connections.discard(connection)
            into.close()
            out.close()
            if not document.connections:
                self._open_documents.pop(issue_id, None)
                document.changed.set()
            with anyio.CancelScope(shield=True):
                await self._send_gone(document, connection)

    async def notify(self, issue_id: int) -> None:
        """Say that something was stored, here and to the other processes."""
        if document := self._open_documents.get(issue_id):
            document.changed.set()
        await self._channel.publish(issue_id, CHANGED)

    async def send_presence(
        self, issue_id: int, connection: Connection, presence: frames.Presence
    ) -> None:
        """Send the others where somebody is."""
        connection.presence = presence
        frame = frames.presence_frame(presence)
        if document := self._open_documents.get(issue_id):
            document.broadcast(frame, but=connection)
        await self._channel.publish(issue_id, PRESENT, frame)

    def _refuse_too_many(self, actor: Actor) -> None:
        n = sum(
            (connection.actor.kind, connection.actor.id) == (actor.kind, actor.id)
            for document in self._open_documents.values()
            for connection in document.connections
        )
        if n >= MAX_CONNECTIONS:
            raise TooMany("You have this open in too many places. Close one of them.")

    def _open(self, issue_id: int, seq: int) -> OpenDocument:
        assert self._group is not None, "the application's lifespan has not begun"  # noqa: S101
        if not self._is_listening:
            self._is_listening = True
            self._group.start_soon(self._channel.listen, self._receive, self._ask_all)
        document = self._open_documents[issue_id] = OpenDocument(issue_id, seq)
        self._group.start_soon(self._keep, document)
        return document

    async def _send_gone(self, document: OpenDocument, connection: Connection) -> None:
        if connection.presence is not None and connection.presence.state is not None:
            frame = frames.presence_frame(frames.gone(connection.presence))
            document.broadcast(frame)
            await self._channel.publish(document.issue_id, PRESENT, frame)

    async def _ask_all(self) -> None:
        """Ask the other processes who is here: what they published before, we have not received."""
        for issue_id in [*self._open_documents]:
            await self._channel.publish(issue_id, WHO)

    async def _receive(self, message: Message) -> None:
        document = self._open_documents.get(message.issue_id)
        if document is None:
            return
        if message.kind == CHANGED:
            document.changed.set()
        elif message.kind == PRESENT:
            document.broadcast(message.body)
        elif message.kind == WHO:
            for connection in [*document.connections]:
                if connection.presence is not None:
                    frame = frames.presence_frame(connection.presence)
                    await self._channel.publish(document.issue_id, PRESENT, frame)

    async def _keep(self, document: OpenDocument) -> None:
        """Send what is new and settle what is due, until everybody has left."""
        while document.connections:
            document.changed = anyio.Event()
            try:
                await self._settle_due(document, await self._send_news(document))
            except Exception as error:  # noqa: BLE001  # whatever it is, the others must not wait
                _log.warning(
                    "document_waits", issue_id=document.issue_id, error=type(error).__name__
                )
            with anyio.move_on_after(self._rest(document)):
                await document.changed.wait()

    def _rest(self, document: OpenDocument) -> float:
        if document.due_since is None:
            return self.pace.look_seconds
        until = document.due_since + self.pace.settle_seconds - anyio.current_time()
        return min(max(until, 0.01), self.pace.look_seconds)

    async def _send_news(self, document: OpenDocument) -> Head | None:
        """Send what came since, and return where the document stands."""

        def read(session: Session) -> tuple[list[tuple[int, bytes]], Head | None]:
            head = read_head(session, document.issue_id)
            return news_after(session, document.issue_id, document.seq), head

        news, head = await self.run(read)
        for seq, body in news:
            frame = frames.sync_frame(frames.UPDATE, body)
            for connection in [*document.connections]:
                if seq in connection.own:
                    connection.own.discard(seq)
                else:
                    connection.send(frame)
            document.seq = max(document.seq, seq)
        return head

    async def _settle_due(self, document: OpenDocument, head: Head | None) -> None:
        if head is None:
            document.tell({"is_open": False, "because": Sentence(N_("It is over."))})
            return
        status = status_of(head)
        if status != document.status:
            document.status = status
            document.tell(status)
        now = anyio.current_time()
        if not head.is_due:
            document.due_since = None
        elif document.due_since is None:
            document.due_since = now
        elif now - document.due_since >= self.pace.settle_seconds:
            document.due_since = None
            step = partial(settle, issue_id=document.issue_id, now=self._container.clock())
            if await self.run(step):
                await self.notify(document.issue_id)
