"""`/metrics` on an address of its own, so that no proxy before the pages ever shows it to anybody.

It is answered by threads beside the service, also while that has no place for anybody.
"""

import hmac
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from socketserver import TCPServer, ThreadingMixIn
from threading import Thread
from typing import Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from prometheus_client import CollectorRegistry, make_wsgi_app

from app.errors import ConfigError
from app.metrics_settings import place_of
from app.setting_sources import variable_of

PATH: Final = "/metrics"

_SECONDS: Final = 10.0
"""How long a client may take over its request."""


@contextmanager
def serving_metrics(listen: str, token: str, registry: CollectorRegistry) -> Iterator[int]:
    """Answer `/metrics` at this address meanwhile; yield the port.

    Args:
        listen: the address and port, as `127.0.0.1:9464`; port 0 takes a free one.
        token: what a request has to bring as a bearer token; empty for none.
        registry: what is told.

    Raises:
        ConfigError: the address cannot be listened at.
    """
    host, port = place_of(listen)
    kind = _Server6 if ":" in host else _Server
    try:
        server = make_server(host, port, guarded(make_wsgi_app(registry), token), kind, _Handler)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigError(f"{variable_of('metrics_listen')}: {listen}: {reason}") from None
    thread = Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def guarded(app: WSGIApplication, token: str) -> WSGIApplication:
    """Return an application that answers at `/metrics` alone, and only who brings the token."""
    wanted = f"Bearer {token}".encode()

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        given = str(environ.get("HTTP_AUTHORIZATION", "")).encode("latin-1", "replace")
        if token and not hmac.compare_digest(given, wanted):
            return _refuse(start_response, "401 Unauthorized", [("WWW-Authenticate", "Bearer")])
        if environ.get("PATH_INFO") != PATH:
            return _refuse(start_response, "404 Not Found", [])
        return app(environ, start_response)

    return answer


def _refuse(
    start_response: Callable[..., Any], status: str, headers: list[tuple[str, str]]
) -> list[bytes]:
    start_response(status, [("Content-Type", "text/plain; charset=utf-8"), *headers])
    return [f"{status.partition(' ')[2]}\n".encode()]


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def server_bind(self) -> None:
        """Bind without asking DNS for the name of this machine, which may take its time."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]
        self.setup_environ()


class _Server6(_Server):
    address_family = socket.AF_INET6


class _Handler(WSGIRequestHandler):
    timeout = _SECONDS

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class's name
        """Write nothing: each scrape would be a line."""
