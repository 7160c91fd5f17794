"""A real web server on this machine that behaves in all the ways that servers on the web do."""

import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from tests.local_server import listening


@dataclass
class Site:
    """Where it listens, and every request it got, as `HEAD /path host`."""

    port: int
    asked: list[str] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    """Answers by the first part of the path."""

    site: Site
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Say nothing."""

    def _answer(self) -> None:
        self.site.asked.append(f"{self.command} {self.path} {self.headers['Host']}")
        kind, _, rest = self.path.strip("/").partition("/")
        getattr(self, f"_{kind}")(rest)

    def _say(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _status(self, rest: str) -> None:
        self._say(int(rest))

    def _get_only(self, _rest: str) -> None:
        self._say(405 if self.command == "HEAD" else 200)

    def _loop(self, _rest: str) -> None:
        self._say(302, Location="/loop")

    def _chain(self, rest: str) -> None:
        self._say(302, Location=f"/chain/{int(rest) + 1}")

    def _to(self, rest: str) -> None:
        self._say(301, Location=unquote(rest).replace("~", "/"))

    def _slow(self, _rest: str) -> None:
        self._dribble(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n")

    def _huge_head(self, _rest: str) -> None:
        with suppress(OSError):
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 1_000_000 + b"\r\n\r\n")

    def _huge(self, _rest: str) -> None:
        if self.command == "HEAD":
            self._say(500)
            return
        with suppress(OSError):
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000000\r\n\r\n")
            while True:
                self.wfile.write(b"x" * 65536)

    def _reset(self, _rest: str) -> None:
        linger = struct.pack("ii", 1, 0)  # close with RST, as a crashed server does
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True
        self.connection.close()

    def _nonsense(self, _rest: str) -> None:
        self.wfile.write(b"SSH-2.0-OpenSSH_9.9\r\n")
        self.close_connection = True

    def _dribble(self, first: bytes, then: bytes) -> None:
        """Send bytes one after another, each in time, and never end."""
        self.close_connection = True
        with suppress(OSError):
            self.wfile.write(first)
            while True:
                time.sleep(0.05)
                self.wfile.write(then)
                self.wfile.flush()


@contextmanager
def serving(certificate: Path | None = None) -> Iterator[Site]:
    """Run a site on 127.0.0.1, stopped at the end; with a certificate it uses TLS."""
    site = Site(0)
    handler = type("Handler", (_Handler,), {"site": site})
    with listening(handler, certificate) as port:
        site.port = port
        yield site
