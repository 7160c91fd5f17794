"""Requests as spans, by the template of their route: a path may hold a token."""

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import traces
from app.api.concurrency import limit_of

_METHODS: Final = frozenset(
    {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"}
)
_OTHER: Final = "_OTHER"
"""A method of somebody's own. Source: OpenTelemetry semantic conventions, HTTP spans."""

_ERROR: Final = 500


def with_traces(app: ASGIApp) -> ASGIApp:
    """Trace each request but those that ask for our health, which a balancer does each second.

    Nothing of its path, query, headers and sender is told. Each begins a trace of its own: whoever
    asks is a stranger, and names no trace for us.
    """

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or limit_of(scope["path"]) is None:
            await app(scope, receive, send)
            return
        method = scope["method"] if scope["method"] in _METHODS else _OTHER
        with traces.span(method, "SERVER", {"http.request.method": method}) as span:

            async def send_traced(message: Message) -> None:
                if span is not None and message["type"] == "http.response.start":
                    span.tell({"http.response.status_code": message["status"]})
                    if message["status"] >= _ERROR:
                        span.fail(str(message["status"]))
                await send(message)

            try:
                await app(scope, receive, send_traced)
            finally:
                route = _route_of(scope)
                if span is not None and route:
                    span.name(f"{method} {route}")
                    span.tell({"http.route": route})

    return call


def _route_of(scope: Scope) -> str:
    """Return the template of the route that was taken; empty where there was none."""
    route = scope.get("route")
    return str(getattr(route, "path", ""))
