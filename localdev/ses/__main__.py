"""`python -m localdev.ses`: the local SES on a port of this machine until it is told to stop."""

import argparse
import gc
import signal
import socket
import sys
from types import FrameType

import uvicorn
from starlette.applications import Starlette

from localdev.ses.app import Publishing, make_app
from localdev.ses.connections import OpenProtocol, TellingServer
from localdev.ses.feed import Style
from localdev.ses.options import read_options
from localdev.ses.store import Store, close_store, open_store

_BACKLOG = 512
_SHUTDOWN_SECONDS = 2
_GC_THRESHOLD = 20_000


def main() -> int:
    """Serve until SIGTERM or SIGINT, then 0; 1 when the port or the store cannot be had.

    The address it listens on is the only line on standard output, written once calls are taken.
    """
    options = read_options()
    try:
        listener = _listener(options)
        store = open_store(options.store)
    except OSError as error:
        sys.stderr.write(f"The local SES cannot start: {error}\n")
        return 1
    host, port = listener.getsockname()[:2]
    url = f"http://{host}:{port}"
    server = TellingServer(_config(_app(store, options, url), pushes=bool(options.webhook)))
    _end_on_signals(server)
    _settle_memory()
    sys.stdout.write(f"{url}\n")
    sys.stdout.flush()
    try:
        server.run(sockets=[listener])
    finally:
        close_store(store)
    return 0


def _listener(options: argparse.Namespace) -> socket.socket:
    """Return the socket to serve on; raise OSError when it cannot be had."""
    if options.fd is not None:
        return socket.socket(fileno=options.fd)
    return socket.create_server((options.host, options.port), backlog=_BACKLOG)


def _app(store: Store, options: argparse.Namespace, url: str) -> Starlette:
    """Build the app that these options ask for."""
    publishing = None
    if options.events or options.webhook:
        publishing = Publishing(
            base_url=url,
            style=Style(
                notification=options.event_shape == "notification",
                headers=options.event_headers,
                only_configured=options.events == "configured",
            ),
            knobs=options.event_knobs,
            certificate_base=options.certificate_base,
            sign_queued=options.sign_queued,
            webhook_url=options.webhook or "",
            webhook_confirm=options.webhook_confirm,
        )
    return make_app(
        store,
        rate=options.rate,
        daily=options.daily,
        bulk_calls_per_second=options.bulk_calls_per_second,
        verified_domains=options.verified_domain,
        faults=options.faults,
        publishing=publishing,
    )


def _end_on_signals(server: uvicorn.Server) -> None:
    """End the server on a signal, before uvicorn handles it or when uvicorn raises it again.

    Otherwise such a signal would look like a crash.
    """

    def stop(_number: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)


def _settle_memory() -> None:
    """Look for garbage seldom: what is imported stays, and requests leave no cycles behind."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GC_THRESHOLD, 20, 50)


def _config(app: Starlette, *, pushes: bool) -> uvicorn.Config:
    """Uvicorn at its leanest; requests are not logged, for they hold addresses."""
    return uvicorn.Config(
        app,
        loop="uvloop",
        http=OpenProtocol,
        lifespan="on" if pushes else "off",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
    )


if __name__ == "__main__":
    sys.exit(main())
