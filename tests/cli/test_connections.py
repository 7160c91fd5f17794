"""Clients that want more than a request: what `devoured serve` does with their connections."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from app.api.asgi import SAFE
from app.cli.connections import MAX_HEAD, MAX_HEADERS, BoundedProtocol

PATIENCE = 30.0
GET = b"GET /small HTTP/1.1\r\nHost: here\r\n"


class Hasty(BoundedProtocol):
    """With times that a test can wait for."""

    head_seconds = 0.3
    read_seconds = 0.3


class Calm(BoundedProtocol):
    """With times that no test reaches."""

    head_seconds = 600
    read_seconds = 600


class Small(Calm):
    """With room for three, which only their number closes."""

    max_connections = 3


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the length of the body, or with text that fills every buffer on the way."""
    if scope["type"] == "http":
        body = await Request(scope, receive).body()
        text = "x" * 64_000_000 if scope["path"] == "/large" else str(len(body))
        await PlainTextResponse(text)(scope, receive, send)


@contextmanager
def serving(protocol: type[BoundedProtocol]) -> Iterator[int]:
    """Run a server with this protocol and yield its port."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(answer, http=protocol, log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = server.force_exit = True
        thread.join(PATIENCE)


@pytest.fixture(scope="module")
def calm() -> Iterator[int]:
    with serving(Calm) as port:
        yield port


@pytest.fixture(scope="module")
def hasty() -> Iterator[int]:
    with serving(Hasty) as port:
        yield port


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), PATIENCE)


def rest_of(line: socket.socket) -> bytes:
    """Return all that still comes until the server closes the connection."""
    parts = []
    with suppress(ConnectionResetError):
        while part := line.recv(65_536):
            parts.append(part)
    return b"".join(parts)


def asked(port: int, *pieces: bytes) -> bytes:
    with connected(port) as line, suppress(BrokenPipeError, ConnectionResetError):
        for piece in pieces:
            line.sendall(piece)
        line.shutdown(socket.SHUT_WR)
        return rest_of(line)
    return b""


def test_requests_are_answered_one_after_the_other_when_they_come_at_once(calm: int) -> None:
    post = b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 5\r\n\r\nhello"
    last = GET + b"Connection: close\r\n\r\n"
    with connected(calm) as line:
        line.sendall(post + GET + b"\r\n" + post[:30])
        line.sendall(post[30:] + last)
        said = rest_of(line)
    assert said.count(b"200 OK") == 4
    assert [part[-1:] for part in said.split(b"HTTP/1.1")[1:]] == [b"5", b"0", b"5", b"0"]


@pytest.mark.parametrize(
    "head",
    [
        GET + b"X: " + b"x" * MAX_HEAD + b"\r\n\r\n",
        b"GET /" + b"a" * MAX_HEAD + b" HTTP/1.1\r\n\r\n",
        GET + b"X: 1\r\n" * MAX_HEADERS + b"\r\n",
        GET + b"X" * MAX_HEAD + b": 1\r\n\r\n",
    ],
)
def test_head_that_is_too_large_is_refused_with_431(calm: int, head: bytes) -> None:
    said = asked(calm, head)
    assert said.startswith(b"HTTP/1.1 431 ")
    assert all(f"{name.lower()}: {value}\r\n".encode() in said for name, value in SAFE.items())


def test_head_that_never_ends_is_refused_before_it_is_whole(calm: int) -> None:
    with connected(calm) as line:
        line.sendall(GET + b"X: ")
        with suppress(BrokenPipeError, ConnectionResetError):
            for _ in range(200):
                line.sendall(b"x" * 4096)
        with suppress(OSError):
            line.shutdown(socket.SHUT_WR)
        rest_of(line)  # it ends: nobody reads on


@pytest.mark.parametrize("garbage", [b"\x16\x03\x01\r\n\r\n", b"GET\r\n\r\n", b"\x00" * 50])
def test_what_is_no_http_is_refused_with_400(calm: int, garbage: bytes) -> None:
    said = asked(calm, garbage)
    assert said.startswith(b"HTTP/1.1 400 ")
    assert b"nosniff" in said


def test_client_that_sends_its_head_too_slowly_is_told_so(hasty: int) -> None:
    with connected(hasty) as line:
        line.sendall(GET)
        assert rest_of(line).startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize("said", [b"", b"\r\n"])
def test_connection_that_asks_for_nothing_is_closed(hasty: int, said: bytes) -> None:
    with connected(hasty) as line:
        line.sendall(said)
        assert rest_of(line) == b""


def test_connection_is_closed_when_nothing_comes_after_an_answer(hasty: int) -> None:
    with connected(hasty) as line:
        line.sendall(GET + b"\r\n")
        assert rest_of(line).endswith(b"\r\n\r\n0")


def test_connection_is_given_up_when_the_answer_is_not_read(hasty: int) -> None:
    with connected(hasty) as line:
        line.sendall(b"GET /large HTTP/1.1\r\nHost: here\r\n\r\n")
        line.recv(1000)
        threading.Event().wait(1.5)
        assert len(rest_of(line)) < 64_000_000


def test_connection_that_waits_longest_is_closed_when_there_are_too_many() -> None:
    with serving(Small) as port, ExitStack() as stack:
        lines = [stack.enter_context(connected(port)) for _ in range(Small.max_connections + 1)]
        lines[-1].sendall(GET + b"Connection: close\r\n\r\n")
        assert rest_of(lines[-1]).endswith(b"\r\n\r\n0")
        assert rest_of(lines[0]) == b""
