"""What happens to a connection rather than to an answer: dropped, cut off in mid-body, or late.

An ASGI app cannot end a connection, so the server's protocol hands every request its transport;
and it is not told of its end before its requests are, so the server tells it.
"""

import asyncio
from collections.abc import Callable
from socket import socket
from typing import Any

import uvicorn
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_TRANSPORT = "local.transport"


class OpenProtocol(HttpToolsProtocol):
    """Uvicorn's HTTP protocol, with the connection within reach of the app.

    Source: ASGI specification, "Extensions": a server may offer more through the scope.
    """

    def on_message_begin(self) -> None:
        """Begin a request; called by the parser."""
        super().on_message_begin()
        self.scope["extensions"] = {_TRANSPORT: {"transport": self.transport}}


class TellingServer(uvicorn.Server):
    """Uvicorn, which calls the app's `state.before_end` before it waits for open requests."""

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """End; a request that waits for events is answered first rather than cancelled."""
        before_end = getattr(getattr(self.config.app, "state", None), "before_end", None)
        if before_end is not None:
            before_end()
        await super().shutdown(sockets)


class Dropped(Response):
    """No answer: the connection is reset, with whatever was still to be read."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002  # the base class names them
        """Return once the connection is gone."""
        _transport(scope).abort()
        await _gone(receive)


class CutOff(Response):
    """The first half of an answer under headers that promise all of it, then the end.

    botocore does not mind: it turns off the check of the length and takes what came for the whole.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Return once the connection is gone."""
        start: dict[str, Any] = {"type": "http.response.start", "status": self.status_code}
        half = bytes(self.body[: len(self.body) // 2])
        await send(start | {"headers": self.raw_headers})
        await send({"type": "http.response.body", "body": half, "more_body": True})
        _transport(scope).close()
        await _gone(receive)


class Late(Response):
    """Another answer, `seconds` later; none to a client that has left by then."""

    def __init__(self, answer: Response, seconds: float) -> None:
        super().__init__()
        self.answer = answer
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Return once the answer was sent or the client left."""
        try:
            await asyncio.wait_for(_gone(receive), self.seconds)
        except TimeoutError:
            await self.answer(scope, receive, send)


class Noted(Response):
    """Another answer; `note` is called once all of it went out."""

    def __init__(self, answer: Response, note: Callable[[], None]) -> None:
        super().__init__()
        self.answer = answer
        self.note = note

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Return once the answer was sent, or nobody was there to hear it."""

        async def watched(message: Message) -> None:
            await send(message)
            is_last = message["type"] == "http.response.body" and not message.get("more_body")
            if is_last and not _transport(scope).is_closing():
                self.note()

        await self.answer(scope, receive, watched)


def _transport(scope: Scope) -> asyncio.Transport:
    """Return the connection of this request; raise KeyError if the server lacks OpenProtocol."""
    transport: asyncio.Transport = scope["extensions"][_TRANSPORT]["transport"]
    return transport


async def _gone(receive: Receive) -> None:
    """Return when the connection is closed."""
    while (await receive())["type"] != "http.disconnect":
        pass
