"""A real web server that is told, keeps what it was told, and answers as a test wants it to."""

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, Final

from tests.local_server import listening

RESET: Final = -1
HANG: Final = -2
NONSENSE: Final = -3
DRIBBLE: Final = -4
CONTINUE: Final = -5
FLOOD: Final = -6
"""What it may do instead of answering with a status."""

_FLOODS: Final = {
    DRIBBLE: (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n", 0.05),
    CONTINUE: (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100, 0),
    FLOOD: (
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n",
        b"\x1f\x8b" + bytes(65_536),
        0,
    ),
}
"""What begins an answer that never ends, what follows again and again, and after which pause."""


@dataclass(frozen=True)
class Got:
    """A request that came."""

    path: str
    headers: dict[str, str]
    body: str

    @property
    def name(self) -> str:
        return self.headers["webhook-id"]

    @property
    def told(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


@dataclass
class Receiver:
    """Where it listens, what came, in order, and how it answers."""

    port: int = 0
    got: list[Got] = field(default_factory=list)
    answer: Callable[[Got], int] = lambda _got: 204
    headers: dict[str, str] = field(default_factory=dict)
    date: str | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def url(self, path: str = "/hook", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    @property
    def names(self) -> list[str]:
        return [one.name for one in self.got]


class _Handler(BaseHTTPRequestHandler):
    receiver: Receiver
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        body = self.rfile.read(length).decode()
        got = Got(self.path, {k.lower(): v for k, v in self.headers.items()}, body)
        with self.receiver.lock:
            self.receiver.got.append(got)
        self._answer(self.receiver.answer(got))

    def do_GET(self) -> None:
        with self.receiver.lock:
            self.receiver.got.append(Got(self.path, {}, ""))
        self._answer(200)

    def date_time_string(self, timestamp: float | None = None) -> str:
        return self.receiver.date or super().date_time_string(timestamp)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Say nothing."""

    def _answer(self, status: int) -> None:
        self.close_connection = True
        with suppress(OSError):
            if status in _FLOODS:
                self._flood(*_FLOODS[status])
            elif status == RESET:
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.connection.close()
            elif status == HANG:
                while self.connection.recv(1):
                    pass
            elif status == NONSENSE:
                self.wfile.write(b"SSH-2.0-OpenSSH_9.9\r\n")
            else:
                self.send_response(status)
                for name, value in self.receiver.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

    def _flood(self, begin: bytes, more: bytes, pause: float) -> None:
        self.wfile.write(begin)
        while True:
            time.sleep(pause)
            self.wfile.write(more)


@contextmanager
def receiving(certificate: Path | None = None) -> Iterator[Receiver]:
    """Run a receiver on 127.0.0.1, stopped at the end; with a certificate it uses TLS."""
    receiver = Receiver()
    handler = type("Handler", (_Handler,), {"receiver": receiver})
    with listening(handler, certificate) as port:
        receiver.port = port
        yield receiver
