"""Limits of connections: their number, and the time a client may take to ask and to read.

Uvicorn bounds neither: its time-out begins once an answer is out, and its parser keeps a head of
any size. Bodies are bounded in `api.bodies`.
"""

from asyncio import AbstractEventLoop, TimerHandle, Transport
from itertools import count
from typing import Any, ClassVar, Final

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from app.api.asgi import SAFE

MAX_HEAD: Final = 32 * 1024
"""Bytes of a request's first line and headers. Browsers and proxies send 2 KiB, seldom 8."""

MAX_HEADERS: Final = 100

_turns: Final = count()
"""Who waits longest: the loop's clock may stand still while it accepts several."""

_TOO_LARGE: Final = 431
_TOO_SLOW: Final = 408
_MESSAGES: Final = {
    400: "This is no HTTP request.",
    _TOO_SLOW: "The request did not come in time.",
    _TOO_LARGE: "The request has too many headers, or too long ones.",
}


class BoundedProtocol(HttpToolsProtocol):
    """Uvicorn's, for clients that want to be waited for.

    A head that is too large is a 431, one that comes too slowly a 408; both close the connection.
    Where there are too many connections, the one that has waited longest for its request is closed.

    A whole head has to be there `head_seconds` after the connection's begin or the last answer's
    end; an answer may lie unread, and a refused body may go on, for `read_seconds`. The connections
    are fewer than the files that a process may open by default, which are 1,024 on Linux.
    """

    head_seconds: ClassVar[float] = 15.0
    read_seconds: ClassVar[float] = 30.0
    max_connections: ClassVar[int] = 800

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._head_timer: TimerHandle | None = None
        self._turn = 0
        self._read_timer: TimerHandle | None = None
        self._n_raw = self._n_head = self._n_headers = 0
        self._is_in_head = False
        self._status = 400

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Wait for a head; close another connection if there are too many."""
        super().connection_made(transport)
        self._await_head()
        if len(self.connections) > self.max_connections:
            waiting = {
                one._turn: one  # noqa: SLF001  # of this very class
                for one in self.connections
                if isinstance(one, BoundedProtocol) and one._head_timer  # noqa: SLF001
            }
            waiting[min(waiting)].transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        super().connection_lost(exc)
        self._stop_waiting()
        self._forgive()

    def data_received(self, data: bytes) -> None:
        """Take what came; a head that is not whole is bounded here, before it is parsed."""
        if self.transport.is_closing():
            return
        if self._is_in_head:
            self._n_raw += len(data)
        if self._n_raw > MAX_HEAD:
            self._refuse(_TOO_LARGE)
            return
        super().data_received(data)

    def on_message_begin(self) -> None:
        """Begin to count a head."""
        super().on_message_begin()
        self._is_in_head = True
        self._n_raw = self._n_head = self._n_headers = 0

    def on_url(self, url: bytes) -> None:
        """Take a piece of the address."""
        super().on_url(url)
        self._count(len(url), 0)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header, or one that comes behind a body in pieces."""
        super().on_header(name, value)
        self._count(len(name) + len(value) + 4, 1)

    def on_headers_complete(self) -> None:
        """Let the request go to work; it is no matter of time any more."""
        self._is_in_head = False
        self._n_raw = 0
        self._stop_waiting()
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request; give up a client that still sends, or does not read."""
        super().on_response_complete()
        if self.transport.is_closing():
            self._give_up_later()
        elif self.cycle.response_complete:  # else it is of a request that came meanwhile
            if self.cycle.more_body:
                self._give_up_later()
            else:
                self._await_head()

    def on_message_complete(self) -> None:
        """Wait for the next request if this one was answered before its end."""
        super().on_message_complete()
        if self.parser.should_upgrade():
            return  # it is a websocket's now
        if self.cycle.response_complete and not self.flow.write_paused:
            self._forgive()
            self._await_head()

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over; nothing here bounds it any more."""
        super().handle_websocket_upgrade()
        self._stop_waiting()
        self._forgive()

    def pause_writing(self) -> None:
        """Give the client up unless it reads on."""
        super().pause_writing()
        self._give_up_later()

    def resume_writing(self) -> None:
        """Take that back."""
        super().resume_writing()
        self._forgive()

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection that nobody uses; what is not read then is thrown away."""
        super().timeout_keep_alive_handler()
        self._give_up_later()

    def send_400_response(self, msg: str) -> None:
        """Say why the request is refused; the parser calls this for whatever it does not take."""
        del msg
        self._refuse(self._status)

    def _count(self, n_bytes: int, n_headers: int) -> None:
        """Raise ValueError, which the parser takes for a bad request, when it is too much."""
        self._n_head += n_bytes
        self._n_headers += n_headers
        if self._n_head > MAX_HEAD or self._n_headers > MAX_HEADERS:
            self._status = _TOO_LARGE
            raise ValueError("the head is too large")

    def _await_head(self) -> None:
        self._stop_waiting()
        self._turn = next(_turns)
        self._head_timer = self.loop.call_later(self.head_seconds, self._lose_patience)

    def _stop_waiting(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _lose_patience(self) -> None:
        if self._is_in_head and not self.transport.is_closing():
            self._refuse(_TOO_SLOW)
        else:
            self.transport.close()
            self._give_up_later()

    def _give_up_later(self) -> None:
        if self._read_timer is None:
            self._read_timer = self.loop.call_later(self.read_seconds, self.transport.abort)

    def _refuse(self, status: int) -> None:
        """Say so in plain text, and close."""
        body = _MESSAGES[status].encode()
        headers = {
            **SAFE,
            "Content-Type": "text/plain; charset=utf-8",
            "Content-Length": str(len(body)),
            "Connection": "close",
        }
        lines = "".join(f"{name.lower()}: {value}\r\n" for name, value in headers.items())
        self.transport.write(STATUS_LINE[status] + lines.encode() + b"\r\n" + body)
        self.transport.close()
        self._stop_waiting()
        self._give_up_later()

    def _forgive(self) -> None:
        if self._read_timer is not None:
            self._read_timer.cancel()
            self._read_timer = None
