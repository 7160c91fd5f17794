"""`devoured listen`: the events of SES from their queue into the database, until told to stop."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import structlog
import typer
from redis import Redis
from redis.exceptions import RedisError

from app.cli.failures import BadInput
from app.cli.heartbeat import SIGN_LASTS, heartbeat_file
from app.container import build
from app.events.queue import listen as listen_to
from app.events.queue import make_queue_client
from app.logs import configure_logs
from app.readers.pepper import check_pepper_at_start
from app.settings import load_settings

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

app = typer.Typer()

_OK: Final = 200

_log = structlog.get_logger(__name__)


@app.command(rich_help_panel="Running it")
def listen() -> None:
    """Take the events of SES from the queue until told to stop; it finishes what it received.

    Any number may run. Workers apply what it stores.
    """
    settings = load_settings()
    if not settings.events_queue_url:
        raise BadInput("settings: DEVOURED_EVENTS_QUEUE_URL: no queue is set to listen to.")
    configure_logs(settings)
    container = build(settings)
    check_pepper_at_start(container.sessions, container.pepper)
    client = make_queue_client(settings.aws_region)
    with _heartbeat_files(client, settings.redis_url), _told_to_stop() as stop:
        _log.info("listening")
        listen_to(
            client,
            settings.events_queue_url,
            container.sessions,
            container.clock,
            stop,
            enqueue_now=container.enqueue_now,
        )
    container.engine.dispose()
    _log.info("stopped_listening")


@contextmanager
def _told_to_stop() -> Iterator[threading.Event]:
    """Yield an event that SIGTERM and SIGINT set; restore their handlers at the end."""
    stop = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: stop.set())
        for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _heartbeat_files(client: "SQSClient", redis_url: str) -> Iterator[None]:
    """Leave a sign in Valkey at every poll that the queue answers; delete it at the end.

    The sign depends on the queue's answers and not on the process being there: a process whose
    credentials are wrong, or whose queue is gone, listens to nothing.
    """
    valkey = Redis.from_url(redis_url, socket_timeout=2, socket_connect_timeout=2)

    def note(http_response: Any, **_: Any) -> None:
        if http_response.status_code == _OK:
            _quietly(lambda: valkey.set(heartbeat_file(), "1", ex=SIGN_LASTS))

    client.meta.events.register("after-call.sqs.ReceiveMessage", note)
    try:
        yield
    finally:
        _quietly(lambda: valkey.delete(heartbeat_file()))
        valkey.close()


def _quietly(tell: Callable[[], object]) -> None:
    """Call `tell` and log a Valkey error instead of raising it.

    Events are received without Valkey too; only the health check misses the sign.
    """
    try:
        tell()
    except RedisError as error:
        _log.warning("sign_of_life_not_left", error=type(error).__name__)
