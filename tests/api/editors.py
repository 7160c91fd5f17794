"""Editors of a document over a real WebSocket: what a browser does, in Python."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Final, Self

import orjson
import pytest
from pycrdt import Decoder, Doc, TransactionEvent
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from app.editing import frames
from app.editing.shape import stories_map

PATIENCE_SECONDS: Final = 20.0


class Editor:
    """Somebody with a copy of the document; its updates are sent one by one."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        self.url, self.headers = url, headers
        self.doc: Doc[Any] = Doc()
        self.unsent: list[bytes] = []
        self.n_sent = self.n_stored = 0
        self.is_greeted = False
        self.status: dict[str, Any] = {}
        self.refused = ""
        self.others: dict[int, dict[str, Any] | None] = {}
        self.n_pings = 0
        self._is_hearing = False
        self._subscription = self.doc.observe(self._changed)
        self.socket: ClientConnection | None = None
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self.join()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self.leave()

    def join(self) -> None:
        """Connect, and read all that there is."""
        self._stack = ExitStack()
        connected = connect(self.url, additional_headers=self.headers, max_size=None)
        self.socket = self._stack.enter_context(connected)
        self.n_sent = self.n_stored = 0
        self.is_greeted = False
        self.unsent.clear()
        self.send(frames.sync_frame(frames.STEP_1, self.doc.get_state()))
        self.until(lambda: self.is_greeted)

    def leave(self) -> None:
        self._stack.close()

    def send(self, frame: bytes) -> None:
        assert self.socket is not None
        self.socket.send(frame)

    def flush(self) -> None:
        """Send what was written."""
        while self.unsent:
            self.send(frames.sync_frame(frames.UPDATE, self.unsent.pop(0)))
            self.n_sent += 1

    def save(self) -> None:
        """Send what was written, and wait until all of it is acknowledged."""
        self.flush()
        self.until(lambda: self.n_stored >= self.n_sent)

    def until(self, is_so: Callable[[], bool]) -> None:
        """Hear until something is so."""
        ends_at = time.monotonic() + PATIENCE_SECONDS
        while not is_so():
            assert time.monotonic() < ends_at, "waited too long"
            assert self.socket is not None
            try:
                self.hear(self.socket.recv(timeout=0.2, decode=False))
            except TimeoutError:
                continue

    def closed(self) -> int:
        """Hear until the server closes the connection; return the code."""
        with pytest.raises(ConnectionClosed) as closed:
            self.until(lambda: False)
        self._stack.close()
        assert closed.value.rcvd is not None
        return int(closed.value.rcvd.code)

    def hear(self, data: bytes) -> None:
        decoder = Decoder(data)
        match decoder.read_var_uint():
            case frames.SYNC:
                step, body = decoder.read_var_uint(), decoder.read_message() or b""
                if step == frames.STEP_1:
                    self.is_greeted = True
                    self.unsent.clear()
                    self.send(frames.sync_frame(frames.STEP_2, self.doc.get_update(body)))
                    self.n_sent += 1
                else:
                    self._is_hearing = True
                    self.doc.apply_update(body)
                    self._is_hearing = False
            case frames.PRESENCE:
                self._meet(Decoder(decoder.read_message() or b""))
            case frames.STORED:
                self.n_stored = decoder.read_var_uint()
            case frames.STATUS:
                told = orjson.loads(decoder.read_message() or b"")
                self.refused = told.get("refused", self.refused)
                self.status |= told
            case frames.PING:
                self.n_pings += 1

    def _meet(self, decoder: Decoder) -> None:
        assert decoder.read_var_uint() == 1
        client, _ = decoder.read_var_uint(), decoder.read_var_uint()
        self.others[client] = orjson.loads(decoder.read_message() or b"")

    def show(self, client: int, clock: int, **state: Any) -> None:
        self.send(frames.presence_frame(frames.Presence(client, clock, state)))

    def _changed(self, event: TransactionEvent) -> None:
        if not self._is_hearing:
            self.unsent.append(event.update)

    def text(self, key: str, name: str) -> str:
        return str(stories_map(self.doc)[key][name])

    def type(self, key: str, name: str, words: str) -> None:
        """Type words at the end of a text."""
        text = stories_map(self.doc)[key][name]
        text.insert(len(text), words)
