"""The documents that are open in this process: who writes in them, and what each has to hear.

No document is held here. What somebody writes is a row before it is acknowledged; a room reads on
from the last row that it told, once a second or as soon as somebody rings, and settles what is due.
"""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, TypeVar

import anyio
import structlog
from anyio import CapacityLimiter
from anyio.abc import TaskGroup
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.actors import Actor
from app.api.rooms import DOCUMENTS
from app.container import Container
from app.db.session import transaction
from app.editing import frames
from app.editing.channel import CHANGED, PRESENT, WHO, Channel, Told
from app.editing.settle import settle
from app.editing.store import Head, news_after, read_head
from app.enums import IssueState
from app.errors import AppError, TooMany

MAX_SEATS: Final = 8
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
    check_seconds: float = 30.0


@dataclass(eq=False)
class Seat:
    """One connection: whose it is, what it still has to hear, and where its person is."""

    actor: Actor
    into: MemoryObjectSendStream[bytes]
    out: MemoryObjectReceiveStream[bytes]
    own: set[int] = field(default_factory=set)
    presence: frames.Presence | None = None

    def tell(self, frame: bytes) -> None:
        """Let the frame wait for its turn; close the connection where too many wait."""
        try:
            self.into.send_nowait(frame)
        except (anyio.WouldBlock, anyio.ClosedResourceError, anyio.BrokenResourceError):
            self.into.close()


@dataclass(eq=False)
class Room:
    """One open document: its connections, and up to which update they know it."""

    issue_id: int
    seq: int
    seats: set[Seat] = field(default_factory=set)
    bell: anyio.Event = field(default_factory=anyio.Event)
    due_since: float | None = None
    status: bytes = b""

    def tell(self, frame: bytes, *, but: Seat | None = None) -> None:
        """Tell all who are here, but one."""
        for seat in [*self.seats]:
            if seat is not but:
                seat.tell(frame)


class Documents:
    """The open documents of one process."""

    def __init__(self, container: Container, pace: Pace | None = None) -> None:
        self._container = container
        self.pace = pace or Pace()
        self._rooms: dict[int, Room] = {}
        self._channel = Channel(container.settings.redis_url)
        self._limiter = CapacityLimiter(DOCUMENTS)
        self._group: TaskGroup | None = None
        self._is_listening = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep the rooms for as long as the process serves."""
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
    async def seat(self, issue_id: int, actor: Actor, seq: int) -> AsyncIterator[Seat]:
        """Sit somebody down at a document of which they are told all that comes after `seq`.

        Raises:
            TooMany: this person has too many connections.
        """
        self._refuse_crowd(actor)
        room = self._rooms.get(issue_id) or self._open(issue_id, seq)
        into, out = anyio.create_memory_object_stream[bytes](_MAX_WAITING)
        seat = Seat(actor, into, out)
        room.seats.add(seat)
        try:
            if room.status:
                seat.tell(room.status)
            for other in room.seats - {seat}:
                if other.presence is not None:
                    seat.tell(frames.presence_frame(other.presence))
            await self._channel.tell(issue_id, WHO)
            yield seat
        finally:
            room.seats.discard(seat)
            into.close()
            out.close()
            if not room.seats:
                self._rooms.pop(issue_id, None)
                room.bell.set()
            with anyio.CancelScope(shield=True):
                await self._take_leave(room, seat)

    async def ring(self, issue_id: int) -> None:
        """Wake the document's rooms: something was stored."""
        if room := self._rooms.get(issue_id):
            room.bell.set()
        await self._channel.tell(issue_id, CHANGED)

    async def show(self, issue_id: int, seat: Seat, presence: frames.Presence) -> None:
        """Tell the others where somebody is."""
        seat.presence = presence
        frame = frames.presence_frame(presence)
        if room := self._rooms.get(issue_id):
            room.tell(frame, but=seat)
        await self._channel.tell(issue_id, PRESENT, frame)

    def _refuse_crowd(self, actor: Actor) -> None:
        whose = Counter(seat.actor for room in self._rooms.values() for seat in room.seats)
        if whose[actor] >= MAX_SEATS:
            raise TooMany("You have this open in too many places. Close one of them.")

    def _open(self, issue_id: int, seq: int) -> Room:
        assert self._group is not None, "the application's lifespan has not begun"  # noqa: S101
        if not self._is_listening:
            self._is_listening = True
            self._group.start_soon(self._channel.listen, self._hear, self._ask_all)
        room = self._rooms[issue_id] = Room(issue_id, seq)
        self._group.start_soon(self._keep, room)
        return room

    async def _take_leave(self, room: Room, seat: Seat) -> None:
        if seat.presence is not None and seat.presence.state is not None:
            frame = frames.presence_frame(frames.gone(seat.presence))
            room.tell(frame)
            await self._channel.tell(room.issue_id, PRESENT, frame)

    async def _ask_all(self) -> None:
        """Ask the other processes who is here: what they told before, we have not heard."""
        for issue_id in [*self._rooms]:
            await self._channel.tell(issue_id, WHO)

    async def _hear(self, told: Told) -> None:
        room = self._rooms.get(told.issue_id)
        if room is None:
            return
        if told.kind == CHANGED:
            room.bell.set()
        elif told.kind == PRESENT:
            room.tell(told.body)
        elif told.kind == WHO:
            for seat in [*room.seats]:
                if seat.presence is not None:
                    frame = frames.presence_frame(seat.presence)
                    await self._channel.tell(room.issue_id, PRESENT, frame)

    async def _keep(self, room: Room) -> None:
        """Tell what is new and settle what is due, until everybody has left."""
        while room.seats:
            room.bell = anyio.Event()
            try:
                await self._settle_due(room, await self._tell_news(room))
            except (SQLAlchemyError, AppError) as error:
                _log.warning("document_waits", issue_id=room.issue_id, error=type(error).__name__)
            with anyio.move_on_after(self._rest(room)):
                await room.bell.wait()

    def _rest(self, room: Room) -> float:
        if room.due_since is None:
            return self.pace.look_seconds
        until = room.due_since + self.pace.settle_seconds - anyio.current_time()
        return min(max(until, 0.01), self.pace.look_seconds)

    async def _tell_news(self, room: Room) -> Head | None:
        """Tell what came since, and return where the document stands."""

        def read(session: Session) -> tuple[list[tuple[int, bytes]], Head | None]:
            head = read_head(session, room.issue_id)
            return news_after(session, room.issue_id, room.seq), head

        news, head = await self.run(read)
        for seq, body in news:
            frame = frames.sync_frame(frames.UPDATE, body)
            for seat in [*room.seats]:
                if seq in seat.own:
                    seat.own.discard(seq)
                else:
                    seat.tell(frame)
            room.seq = max(room.seq, seq)
        return head

    async def _settle_due(self, room: Room, head: Head | None) -> None:
        if head is None:
            room.tell(frames.status_frame({"is_open": False, "because": "It is over."}))
            return
        now = anyio.current_time()
        if not head.is_due:
            room.due_since = None
        elif room.due_since is None:
            room.due_since = now
        elif now - room.due_since >= self.pace.settle_seconds:
            room.due_since = None
            step = partial(settle, issue_id=room.issue_id, now=self._container.clock())
            if await self.run(step):
                await self.ring(room.issue_id)
        status = frames.status_frame(status_of(head))
        if status != room.status:
            room.status = status
            room.tell(status)


def status_of(head: Head) -> dict[str, Any]:
    """Return what editors are told of where a document stands."""
    is_open = head.state == IssueState.DRAFT
    return {
        "name": str(head.name),
        "is_open": is_open,
        "because": "" if is_open else f"The issue is {head.state}: only a draft can be edited.",
        "state": head.state,
        "revision": head.revision,
        "is_settled": not head.is_due,
        "problems": [
            {name: one[name] for name in ("story", "field", "entry", "detail")}
            for one in head.problems
        ],
        "numbers": head.numbers,
    }
