"""What stands around the whole application: the request's id, its body's bound, and room for it."""

import re
import traceback
from collections.abc import Callable, Sequence
from typing import Final
from uuid import uuid4

import structlog
from anyio import CapacityLimiter
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER: Final = "X-Request-ID"
_FIT: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")

AnswerError = Callable[[Request, Exception], Response]
Streamed = frozenset[tuple[str, str]]
"""Methods and paths of routes whose bodies come as slowly as their senders like."""

_log = structlog.get_logger(__name__)


def with_request_id(app: ASGIApp, answer_error: AnswerError) -> ASGIApp:
    """Every request has an id, taken over from a proxy that set one: in its answer and every log.

    An error that nobody foresaw ends here, told by `answer_error`. It is logged as its type and
    place, never with its message: a database's quotes the row, and a row holds an address.
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


def with_body_limit(
    app: ASGIApp, n_bytes: int, answer_error: AnswerError, streamed: Streamed = frozenset()
) -> ASGIApp:
    """The whole body is here before the application begins; a longer one is a 413.

    So a slow sender keeps nothing waiting but itself. Starlette has such a limit, but answers it
    in plain text where the length was said. The routes in `streamed` read theirs as it comes, and
    bound it themselves.
    """

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or (scope["method"], scope["path"]) in streamed:
            await app(scope, receive, send)
            return
        try:
            body = await _whole_body(receive, _said_length(scope), n_bytes)
        except HTTPException as error:
            await answer_error(Request(scope), error)(scope, receive, send)
            return
        if body is not None:  # else the sender has gone, and nobody waits for an answer
            await app(scope, _told_again(body, receive), send)

    return call


def with_room(app: ASGIApp, n_at_once: int, streamed: Streamed = frozenset()) -> ASGIApp:
    """At most `n_at_once` requests are worked on; the others wait before they take anything.

    A request goes through several threads and holds its database connection between them. Were
    more let in than there are connections, those without one would wait in all the threads that
    those with one need to go on. Its place is free again once its answer begins, because its
    transaction has ended by then. The routes in `streamed` take none: they have room of their own.
    """
    room = CapacityLimiter(n_at_once)

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or (scope["method"], scope["path"]) in streamed:
            await app(scope, receive, send)
            return
        place = object()
        is_held = True

        def leave() -> None:
            nonlocal is_held
            if is_held:
                is_held = False
                room.release_on_behalf_of(place)

        async def send_outside(message: Message) -> None:
            leave()
            await send(message)

        await room.acquire_on_behalf_of(place)
        try:
            await app(scope, receive, send_outside)
        finally:
            leave()

    return call


def with_origins(app: ASGIApp, origins: Sequence[str], path: str) -> ASGIApp:
    """Scripts of these sites may use the addresses below `path`, as strangers; others may not.

    Source: the Fetch standard's CORS protocol; no cookie or key is ever asked for.
    """
    opened = CORSMiddleware(
        app,
        allow_origins=list(origins),
        allow_methods=["GET", "POST"],
        allow_headers=["Content-Type", "Idempotency-Key"],
        expose_headers=[HEADER, "Idempotency-Replayed", "Retry-After"],
        max_age=3600,
    )

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        is_open = scope["type"] == "http" and scope["path"].startswith(path)
        await (opened if is_open else app)(scope, receive, send)

    return call


async def _whole_body(receive: Receive, said: int, most: int) -> bytes | None:
    """The body; None when the sender went away before its end."""
    parts: list[bytes] = []
    n_seen = said
    more = True
    while more:
        if n_seen > most:
            raise HTTPException(413)
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        n_seen = max(said, sum(map(len, parts)))
        more = message.get("more_body", False)
    if n_seen > most:
        raise HTTPException(413)
    return b"".join(parts)


def _told_again(body: bytes, receive: Receive) -> Receive:
    """A `receive` that hands over the body, and then what really comes."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return waiting.pop() if waiting else await receive()

    return receive_again


def _said_length(scope: Scope) -> int:
    said = Headers(scope=scope).get("content-length", "")
    return int(said) if said.isascii() and said.isdigit() else 0


def _request_id(scope: Scope) -> str:
    given = Headers(scope=scope).get(HEADER, "")
    return given if _FIT.fullmatch(given) else uuid4().hex


def _where(error: BaseException) -> list[str]:
    """The innermost frames, as `lifecycle.py:87 approve`."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in frames]
