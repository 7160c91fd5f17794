"""How long requests take until their answer begins, told to whoever counts."""

import time
from collections.abc import Callable
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.concurrency import limit_of

Note = Callable[[str, int, float], None]
"""Takes the kind of a request, its status and how many seconds it took."""

_BROKEN: Final = 500
_BESIDE: Final = "health"


def with_request_times(app: ASGIApp, note: Note) -> ASGIApp:
    """Note each request once its answer begins, or 500 for one that ended without any.

    Its kind is that of its limit (`concurrency.limit_of`): a path may hold a token, and there is no
    end to how many paths may be asked for.
    """

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        began = time.perf_counter()
        limit = limit_of(scope["path"])
        kind = _BESIDE if limit is None else limit.name
        is_noted = False

        def tell(status: int) -> None:
            nonlocal is_noted
            if not is_noted:
                is_noted = True
                note(kind, status, time.perf_counter() - began)

        async def send_noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                tell(message["status"])
            await send(message)

        try:
            await app(scope, receive, send_noted)
        except Exception:
            tell(_BROKEN)
            raise

    return call
