"""`devoured worker`, `beat` and `healthy`: processes on this machine, and whether they work."""

import os
import socket
import sys
from enum import StrEnum
from http.client import HTTPConnection, HTTPException
from typing import Annotated, Final, NoReturn

import typer
from celery import Celery
from kombu.exceptions import OperationalError
from redis import Redis
from redis.exceptions import RedisError

from app.cli.command import open_container
from app.cli.failures import Failed
from app.cli.output import examples, say
from app.clock import system_clock
from app.db.session import make_engine, make_sessions
from app.delivery.clocks import wrong_clock
from app.jobs import QUEUE, SLOW_QUEUE, broker_url
from app.readers.pepper import check_pepper_at_start
from app.settings import load_settings

app = typer.Typer()


_CELERY: Final = (
    sys.executable,
    # Celery warns every root of pickle, which is not used here; a container may well be root.
    "-Wignore:::celery.platforms",
    "-m",
    "celery",
    "--quiet",
    "-A",
    "workers.app",
)
_SECONDS: Final = 5.0
_NODES: Final = {"worker": "celery", "beat": "celerybeat"}

SIGN_LASTS: Final = 60
"""Seconds for which an answer of the queue counts as a sign of life: some polls may go wrong."""


class WorkerQueue(StrEnum):
    """What a worker can take its jobs from alone."""

    CELERY = QUEUE
    SLOW = SLOW_QUEUE


@app.command(epilog=examples("devoured worker --concurrency 4", "devoured worker --queue slow"))
def worker(
    *,
    concurrency: Annotated[
        int | None,
        typer.Option(min=1, max=256, help="Processes. One per CPU unless given."),
    ] = None,
    queue: Annotated[
        WorkerQueue | None,
        typer.Option(help="Take jobs from this queue alone, while others take from the other."),
    ] = None,
) -> None:
    """Render and send: run a Celery worker until told to stop; it finishes what is in flight.

    Imports, webhooks, links to check and what is forgotten wait in the queue `slow`, all else in
    `celery`.
    """
    with open_container() as container:
        check_pepper_at_start(container.sessions, container.pepper)
    own = [] if concurrency is None else [f"--concurrency={concurrency}"]
    own += [] if queue is None else [f"--queues={queue}"]
    _become("worker", "--pool=prefork", "--without-gossip", "--without-mingle", *own)


@app.command()
def beat() -> None:
    """Look for due issues and lost work, every few seconds, until told to stop.

    Two at once do no harm.
    """
    load_settings()
    # Every tick may be repeated, so nothing is remembered on disk from one start to the next.
    _become("beat", "--scheduler=celery.beat:Scheduler", "--enable-remote-control")


def _become(*arguments: str) -> NoReturn:
    """Turn this process into Celery's, so that signals reach it and nobody stands between."""
    sys.stdout.flush()
    os.execv(_CELERY[0], [*_CELERY, *arguments])  # noqa: S606  # to become the command is the point


class Part(StrEnum):
    """What runs on a machine of its own."""

    API = "api"
    WORKER = "worker"
    BEAT = "beat"
    LISTEN = "listen"


@app.command(epilog=examples("devoured healthy worker || echo look at it"))
def healthy(
    part: Annotated[Part, typer.Argument(help="Which.", show_default=False)],
    *,
    port: Annotated[int, typer.Option(min=1, max=65535, help="The API's port.")] = 8000,
) -> None:
    """Ask a part on this machine whether it does its work; exit 1 when it does not answer.

    A container's health check. The API answers over HTTP, worker and beat over the broker; listen
    is well while its queue has answered it within the last minute. A worker whose clock is a minute
    off PostgreSQL's, or refused by SES, takes no work and is not well either.
    """
    who = f"{part} on port {port}" if part is Part.API else str(part)
    if not _answers(part, port):
        raise Failed(f"{who} does not answer.")
    if part is Part.WORKER and (wrong := _wrong_clock()):
        raise Failed(f"worker takes no work: {wrong}.")
    say(f"{who} answers.")


def _wrong_clock() -> str:
    """Return what is wrong with this machine's clock, by which the worker goes as well."""
    settings = load_settings()
    engine = make_engine(settings.database_url)
    try:
        with _valkey(settings.redis_url) as valkey:
            return wrong_clock(make_sessions(engine), system_clock, valkey)
    finally:
        engine.dispose()


def _valkey(url: str) -> Redis:
    return Redis.from_url(url, socket_timeout=_SECONDS, socket_connect_timeout=_SECONDS)


def _answers(part: Part, port: int) -> bool:
    match part:
        case Part.API:
            return _api_answers(port)
        case Part.LISTEN:
            return _listener_is_answered()
        case _:
            return _node_answers(_NODES[part])


def _listener_is_answered() -> bool:
    with _valkey(load_settings().redis_url) as valkey:
        try:
            return bool(valkey.exists(heartbeat_file()))
        except RedisError:
            return False


def _api_answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=_SECONDS)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200  # noqa: PLR2004  # HTTP's OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _node_answers(kind: str) -> bool:
    """Return whether Celery's process of this kind on this machine answers a ping."""
    celery = Celery("devoured-health", broker=broker_url(load_settings().redis_url))
    celery.conf.broker_connection_retry = False
    try:
        node = f"{kind}@{socket.gethostname()}"
        return bool(celery.control.ping(destination=[node], timeout=_SECONDS, limit=1))
    except (OperationalError, OSError):
        return False
    finally:
        celery.close()


def heartbeat_file() -> str:
    """Return the key in Valkey that `devoured listen` on this machine keeps while it hears."""
    return f"devoured:listening:{socket.gethostname()}"
