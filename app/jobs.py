"""Jobs: enqueue Celery tasks by their name, so that `app` need not import `workers`.

A job is only a hint. The database is the truth, and a tick of beat finds whatever no job came
for, so a broker that does not answer is logged and nothing more.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from threading import Lock, Timer
from typing import Final

import structlog
from celery import Celery
from kombu.exceptions import OperationalError
from kombu.transport.redis import PRIORITY_STEPS, Channel
from redis import Redis
from redis.exceptions import RedisError

from app.db.session import EnqueueNow, Job
from app.traces import HEADER, here

TASK_PREFIX: Final = "devoured."

_LAST: Final = {"send_batches": 9, "advance_import": 9, "tell_webhooks": 9}
"""What lets all else go first, as 0 is the most urgent. Source: Celery guide, "Redis priority"."""

_MOMENT_SECONDS: Final = 0.05

QUEUE, SLOW_QUEUE = "celery", "slow"
QUEUES: Final = (QUEUE, SLOW_QUEUE)
"""What a worker takes jobs from, unless it is told to take from one alone (docs/adr/0068).

The first has the name that Celery gives it, under which jobs of older versions wait, too.
"""

_SLOW: Final = (
    "advance_import",
    "ask_postmaster",
    "check_links",
    "examine",
    "tell_webhooks",
    "tidy",
)
ROUTES: Final = {f"{TASK_PREFIX}{task}": {"queue": SLOW_QUEUE} for task in _SLOW}
"""Where jobs go that take long or wait for others, and that no reader waits for."""

_LISTS: Final = tuple(
    f"{queue}{Channel.sep}{step}" if step else queue for queue in QUEUES for step in PRIORITY_STEPS
)
"""The lists in which kombu keeps what waits, one for each queue and step of urgency.

Source: kombu documentation, "Redis Transport"; its `Channel` names them so.
"""

_DONE: Final = "devoured:done:"
_DONE_FOR: Final = timedelta(days=7)

Send = Callable[[Sequence[tuple[Job, str]]], None]
"""Sends jobs, each with the span that wakes it, or with an empty text."""

_log = structlog.get_logger(__name__)


class BackgroundQueue:
    """Enqueue from a thread of its own a moment later, so that a request waits for no broker.

    Each job of a moment is sent once, for who asked first: sending costs as much as signing up
    does. What a process did not live to send is found by beat.
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self._lock = Lock()
        self._waiting: dict[Job, str] = {}

    def __call__(self, jobs: list[Job]) -> None:
        """Remember the jobs; the first of a moment starts the thread."""
        with self._lock:
            is_first = not self._waiting
            for job in jobs:
                self._waiting.setdefault(job, here(job[0]))
        if is_first and jobs:
            timer = Timer(_MOMENT_SECONDS, self._enqueue)
            timer.daemon = True
            timer.start()

    def _enqueue(self) -> None:
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        self._send(list(waiting.items()))


def ticks(tick_seconds: float) -> dict[str, float]:
    """Return the tasks that beat asks for, and every how many seconds."""
    return {
        "launch_due": tick_seconds,
        "look_for_work": tick_seconds,
        "apply_events": tick_seconds,
        "tell_webhooks": tick_seconds,
        "check_links": 60,
        "ask_postmaster": 3600,
        "tidy": 3600,
    }


def note_done(valkey: Redis, task: str, now: datetime) -> None:
    """Keep when a tick was done, for whoever watches; without Valkey nobody is told."""
    try:
        valkey.set(f"{_DONE}{task}", now.isoformat(), ex=_DONE_FOR)
    except RedisError as error:
        _log.warning("tick_not_noted", error=type(error).__name__)


def ticks_done(valkey: Redis) -> dict[str, datetime]:
    """Return when each tick was last done, as far as one was within a week.

    Raises:
        RedisError: Valkey does not answer.
    """
    names = list(ticks(0))
    kept = valkey.mget([f"{_DONE}{name}" for name in names])
    return {
        name: datetime.fromisoformat(at.decode())
        for name, at in zip(names, kept, strict=True)
        if isinstance(at, bytes)
    }


def count_jobs(valkey: Redis) -> dict[str, int]:
    """Return how many jobs are `waiting` in the broker, and how many a worker has `taken`.

    Raises:
        RedisError: Valkey does not answer.
    """
    waiting = sum(int(valkey.llen(one)) for one in _LISTS)
    return {"waiting": waiting, "taken": int(valkey.hlen(Channel.unacked_key))}


def broker_url(redis_url: str) -> str:
    """Return the Redis address as Celery spells it: a Unix socket is `redis+socket://` there."""
    return redis_url.replace("unix://", "redis+socket://", 1)


def make_enqueue(redis_url: str) -> EnqueueNow:
    """Return a function that sends the given jobs at once, by `make_send`."""
    return sending_at_once(make_send(redis_url))


def sending_at_once(send: Send) -> EnqueueNow:
    """Return a function that sends the given jobs, each for the span that it is called in."""
    return lambda jobs: send([(job, here(job[0])) for job in jobs])


def make_send(redis_url: str) -> Send:
    """Return a function that sends the given jobs: it connects once and gives up quickly."""
    celery = Celery("devoured-jobs", broker=broker_url(redis_url), set_as_current=False)
    celery.conf.update(
        task_ignore_result=True,
        task_routes=ROUTES,
        broker_transport_options={"socket_connect_timeout": 2, "socket_timeout": 2},
        broker_connection_retry=False,
    )

    def send(jobs: Sequence[tuple[Job, str]]) -> None:
        try:
            for (task, ids), parent in jobs:
                name, urgency = TASK_PREFIX + task, _LAST.get(task, 0)
                headers = {HEADER: parent} if parent else None
                celery.send_task(name, args=ids, retry=False, priority=urgency, headers=headers)
        except (OperationalError, OSError) as error:
            _log.warning("job_not_sent", error=type(error).__name__)

    return send
