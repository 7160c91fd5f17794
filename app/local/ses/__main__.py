"""`python -m app.local.ses`: the local SES on a port of this machine until it is told to stop."""

import argparse
import gc
import signal
import socket
import sys
from pathlib import Path
from types import FrameType

import uvicorn

from app.local.ses.app import DEFAULT_RATE, make_app
from app.local.ses.store import close_store, open_store

_BACKLOG = 512
_SHUTDOWN_SECONDS = 2
_GC_THRESHOLD = 20_000


def main() -> int:
    """Serve until SIGTERM or SIGINT, then 0; 1 when the port or the store cannot be had.

    The address it listens on is the only line on standard output, written once calls are taken.
    """
    options = _options()
    try:
        listener = socket.create_server((options.host, options.port), backlog=_BACKLOG)
        store = open_store(options.store)
    except OSError as error:
        sys.stderr.write(f"The local SES cannot start: {error}\n")
        return 1
    app = make_app(
        store, rate=options.rate, daily=options.daily, verified_domains=options.verified_domain
    )
    server = uvicorn.Server(_config(app))
    _end_on_signals(server)
    _settle_memory()
    host, port = listener.getsockname()[:2]
    sys.stdout.write(f"http://{host}:{port}\n")
    sys.stdout.flush()
    try:
        server.run(sockets=[listener])
    finally:
        close_store(store)
    return 0


def _end_on_signals(server: uvicorn.Server) -> None:
    """A signal that comes before uvicorn listens for it, or that it raises again, is no crash."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)


def _settle_memory() -> None:
    """Look for garbage seldom: what is imported stays, and requests leave no cycles behind."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GC_THRESHOLD, 20, 50)


def _config(app: object) -> uvicorn.Config:
    """Uvicorn at its leanest; requests are not logged, for they hold addresses."""
    return uvicorn.Config(
        app,  # type: ignore[arg-type]  # any ASGI callable
        loop="uvloop",
        http="httptools",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
    )


def _options() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="python -m app.local.ses", description=__doc__)
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="the address to listen on")
    add("--port", type=int, default=0, help="0 takes a free one")
    add("--store", type=Path, help="a folder that keeps the inbox from one start to the next")
    add("--rate", type=float, default=DEFAULT_RATE, help="MaxSendRate, recipients per second")
    add("--daily", type=int, default=-1, help="recipients per 24 hours; -1 is no limit")
    add(
        "--verified-domain",
        action="append",
        default=[],
        help="a From domain to take, may be given often; without it all are taken",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
