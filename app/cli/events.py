"""`devoured events`, `listen` and `setbacks`: what SES tells, and what fails just now."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import structlog
import typer
from redis import Redis
from redis.exceptions import RedisError

from app import traces
from app.actors import CLI
from app.cli.command import one_transaction
from app.cli.failures import BadInput
from app.cli.output import counted, instant, note, say
from app.cli.running import SIGN_LASTS, heartbeat_file
from app.container import build
from app.delivery.alone import list_setbacks
from app.delivery.reach import in_full, unreached
from app.events.health import Health, stream_health
from app.events.queue import listen as listen_to
from app.events.queue import make_queue_client
from app.events.unreadable import apply_unreadable_again, list_unreadable
from app.logs import configure_logs
from app.readers.pepper import check_pepper_at_start
from app.settings import Settings, load_settings
from app.signs_of_life import renew

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

app = typer.Typer()
events = typer.Typer(no_args_is_help=False, invoke_without_command=True)
app.add_typer(
    events,
    name="events",
    help="Whether what SES tells of mails arrives; read again what could not be read.",
)

_OVER: Final = timedelta(hours=1)
_SHOWN: Final = 20
_OK: Final = 200

_log = structlog.get_logger(__name__)


@events.callback()
def show(context: typer.Context) -> None:
    """Show how many mails of the last hour were heard of, and events that could not be read."""
    if context.invoked_subcommand is not None:
        return
    with one_transaction() as (session, now, _):
        health = stream_health(session, now - _OVER, now, now)
        unreadable = [
            f"{instant(one.received_at)}  event {one.id}: {one.error}"
            for one in list_unreadable(session, after=0, limit=_SHOWN)
        ]
    say(_stream(health))
    if health.n_foreign:
        say(
            f"{counted(health.n_foreign, 'event')} of the last 30 days changed nothing: about mail "
            "of another installation, or to somebody else than the reader it names."
        )
    if health.n_unreadable:
        say(f"{counted(health.n_unreadable, 'event')} of the last 30 days could not be read:")
        for line in unreadable:
            say(line)
        note("devoured events apply-again reads them again, after an upgrade for example.")


@events.command()
def apply_again() -> None:
    """Read and apply again all events that could not be read."""
    with one_transaction() as (session, now, _):
        n_events = apply_unreadable_again(session, CLI, now)
    say(f"{counted(n_events, 'event')} will be read again.")


def _stream(health: Health) -> str:
    last = (
        "none has come yet" if health.last_received_at is None else instant(health.last_received_at)
    )
    heard = f"{health.n_heard:,} of {counted(health.n_accepted, 'accepted mail')} heard of"
    waiting = f"{health.n_unapplied:,} waiting to be applied"
    return f"Of the last hour {heard}; {waiting}; last event: {last}."


@app.command()
def listen() -> None:
    """Take the events of SES from the queue until told to stop; it finishes what it received.

    Any number may run. Workers apply what it stores.
    """
    settings = load_settings()
    if not settings.events_queue_url:
        raise BadInput("settings: DEVOURED_EVENTS_QUEUE_URL: no queue is set to listen to.")
    configure_logs(settings)
    if settings.traces:
        traces.start("listen", settings.environment)
    container = build(settings)
    check_pepper_at_start(container.sessions, container.pepper)
    client = make_queue_client(settings.aws_region)
    with _heartbeat_files(client, settings), _told_to_stop() as stop:
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
    traces.stop()
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
def _heartbeat_files(client: "SQSClient", settings: Settings) -> Iterator[None]:
    """Leave signs in Valkey and a file at every poll that the queue answers; delete the first.

    The sign depends on the queue's answers and not on the process being there: a process whose
    credentials are wrong, or whose queue is gone, listens to nothing.
    """
    valkey = Redis.from_url(settings.redis_url, socket_timeout=2, socket_connect_timeout=2)

    def note(http_response: Any, **_: Any) -> None:
        if http_response.status_code == _OK:
            renew(settings.health_folder, "listen")
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


@app.command()
def setbacks() -> None:
    """Show which of the service's own work fails, such as forgetting what is old, and why.

    Each is tried again by itself, and gone from here once it works. What fails for one issue,
    import, letter or event is said there instead.
    """
    with one_transaction() as (session, *_):
        found = unreached(session)
        lines = [] if found is None else [str(in_full(session, found.first_at))]
        lines += [
            f"{row.what}: {row.reason}\n  {counted(row.n_times, 'time')} since"
            f" {instant(row.first_at)}, last at {instant(row.last_at)}"
            for row in list_setbacks(session)
        ]
    if not lines:
        note("Nothing fails just now.")
    for line in lines:
        say(line)
