"""What stands around the whole application: a request's id and its body, every answer's headers.

Bodies come whole before the application begins, and bounded: each, all together, and in time.
"""

import re
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final
from uuid import uuid4

import anyio
import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.nul import without_nul
from app.errors import Unavailable

HEADER: Final = "X-Request-ID"
_FIT: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")

SAFE: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""What holds for an answer that says nothing else."""

AnswerError = Callable[[Request, Exception], Response]

_log = structlog.get_logger(__name__)


def with_request_id(app: ASGIApp, answer_error: AnswerError) -> ASGIApp:
    """Give every request an id, shown in its response and in every log line.

    The id of a proxy that set one is taken over. An unforeseen error ends here, answered by
    `answer_error`. It is logged as its type and place, never with its message: the message of a
    database error quotes the row, and a row holds an address.
    """

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope["state"] = {**scope.get("state", {}), "request_id": request_id}
        started = False

        async def send_marked(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await app(scope, receive, send_marked)
            except Exception as error:  # the last resort: nothing of the inside is told
                _log.error("unforeseen_error", error=type(error).__name__, where=_where(error))
                if started:
                    raise
                answer = answer_error(Request(scope), error)
                await answer(scope, receive, send_marked)

    return call


def with_safe_headers(app: ASGIApp) -> ASGIApp:
    """Add headers that keep browsers from guessing, framing, running or storing any response.

    A header that the response sets itself is kept: pages have a policy of their own, and a response
    that may be stored says for how long.
    """

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SAFE.items():
                    headers.setdefault(name, value)
            await send(message)

        await app(scope, receive, send_safely)

    return call


def with_origins(app: ASGIApp, origins: Sequence[str], path: str) -> ASGIApp:
    """Let scripts of these sites use the addresses below `path`, as strangers; others may not.

    Source: the Fetch standard's CORS protocol; no cookie or key is ever asked for.
    """
    opened = CORSMiddleware(
        app,
        allow_origins=list(origins),
        allow_methods=["GET", "POST"],
        allow_headers=["Content-Type", "Idempotency-Key"],
        expose_headers=[
            HEADER,
            "Idempotency-Replayed",
            "Retry-After",
            "RateLimit",
            "RateLimit-Policy",
        ],
        max_age=3600,
    )

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        is_open = scope["type"] == "http" and scope["path"].startswith(path)
        await (opened if is_open else app)(scope, receive, send)

    return call


def _request_id(scope: Scope) -> str:
    given = Headers(scope=scope).get(HEADER, "")
    return given if _FIT.fullmatch(given) else uuid4().hex


def _where(error: BaseException) -> list[str]:
    """Return the innermost frames, as `lifecycle.py:87 approve`."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in frames]


Streamed = frozenset[tuple[str, str]]
"""Methods and paths of routes whose bodies come as slowly as their senders like."""

SMALL: Final = 16 * 1024
"""Bytes of a body that count for nothing in the sum: whoever signs up or leaves sends less."""

ALL_TOGETHER: Final = 64 * 1024 * 1024
"""Bytes beyond those that all bodies of a process may take at once."""

BODY_SECONDS: Final = 60.0
"""How long a body may take to come; of one that is streamed, how long nothing may come."""

_DIGITS: Final = 20
_CLOSE: Final = {"Connection": "close"}
_TOO_SLOW: Final = HTTPException(408, headers=_CLOSE)


@dataclass
class Bounds:
    """How large bodies may be and how long they may take; `n_held` are in memory now.

    `longer` are the routes, by method and path, that take larger ones; `files` those whose body is
    a file, whatever it is said to be: curl calls each one a form.
    """

    n_bytes: int
    longer: Mapping[tuple[str, str], int] = field(default_factory=dict)
    files: AbstractSet[tuple[str, str]] = frozenset()
    all_together: int = ALL_TOGETHER
    seconds: float = BODY_SECONDS
    n_held: int = 0


def with_body_limit(
    app: ASGIApp, bounds: Bounds, answer_error: AnswerError, streamed: Streamed = frozenset()
) -> ASGIApp:
    """Take the whole body before the application begins; one beyond the bounds is refused.

    So a slow sender keeps nothing waiting but itself. A body that is too long is a 413, one that
    comes too slowly a 408, and one for which there is no memory now a 503. No text that goes on
    holds what no column can hold (`without_nul`). The routes in `streamed`
    read theirs as it comes.

    Starlette has a limit for each body, but answers it in plain text where the length was said.
    """

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
        elif (scope["method"], scope["path"]) in streamed:
            await app(scope, _impatient(receive, bounds.seconds), send)
        else:
            with _memory(bounds) as count:
                try:
                    with anyio.fail_after(bounds.seconds):
                        route = (scope["method"], scope["path"])
                        n_most = bounds.longer.get(route, bounds.n_bytes)
                        body = await _whole_body(receive, _content_length(scope), n_most, count)
                    if body is not None:
                        scope, body = without_nul(scope, body, is_file=route in bounds.files)
                except (HTTPException, Unavailable, TimeoutError) as error:
                    answered = _TOO_SLOW if isinstance(error, TimeoutError) else error
                    await answer_error(Request(scope), answered)(scope, receive, send)
                    return
                if body is not None:  # else the sender has gone, and nobody waits for an answer
                    await app(scope, _replay(body, receive), send)

    return call


@contextmanager
def _memory(bounds: Bounds) -> Iterator[Callable[[int], None]]:
    """Give what takes memory for a body of so many bytes by now, until the end.

    It raises Unavailable where others have taken it all.
    """
    n_taken = 0

    def count(n_bytes: int) -> None:
        nonlocal n_taken
        n_more = max(0, n_bytes - SMALL) - n_taken
        if bounds.n_held + n_more > bounds.all_together:
            raise Unavailable("We are sent too much at once. Please try again in a moment.")
        n_taken += n_more
        bounds.n_held += n_more

    try:
        yield count
    finally:
        bounds.n_held -= n_taken


async def _whole_body(
    receive: Receive, said: int, n_most: int, count: Callable[[int], None]
) -> bytes | None:
    """Return the body; None when the client disconnected before its end."""
    parts: list[bytes] = []
    n_seen = 0
    more = True
    while more:
        if max(said, n_seen) > n_most:
            raise HTTPException(413, headers=_CLOSE)
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        n_seen += len(parts[-1])
        count(n_seen)
        more = message.get("more_body", False)
    if n_seen > n_most:
        raise HTTPException(413, headers=_CLOSE)
    return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that hands over the body, and then what really comes."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return waiting.pop() if waiting else await receive()

    return receive_again


def _impatient(receive: Receive, seconds: float) -> Receive:
    """Return a `receive` that reports a disconnect when nothing comes for so many seconds.

    It does so until the body's end.
    """
    is_whole = False

    async def receive_in_time() -> Message:
        nonlocal is_whole
        message: Message = {"type": "http.disconnect"}
        with anyio.move_on_after(None if is_whole else seconds):
            message = await receive()
        is_whole = not message.get("more_body", False)
        return message

    return receive_in_time


def _content_length(scope: Scope) -> int:
    """Return the Content-Length that the client sent; 0 for none, and for too many digits."""
    header = Headers(scope=scope).get("content-length", "")
    return int(header) if header.isascii() and header.isdigit() and len(header) < _DIGITS else 0
