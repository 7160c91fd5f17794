"""What stands around the whole application: the request's id, and the headers of every answer."""

import re
import traceback
from collections.abc import Callable, Sequence
from typing import Final
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

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


def _request_id(scope: Scope) -> str:
    given = Headers(scope=scope).get(HEADER, "")
    return given if _FIT.fullmatch(given) else uuid4().hex


def _where(error: BaseException) -> list[str]:
    """Return the innermost frames, as `lifecycle.py:87 approve`."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in frames]
