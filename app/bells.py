"""Bells: waking Celery workers by task name, so that `app` need not know `workers`.

A bell is only a hint. The database is the truth, and a tick of beat finds whatever no bell rang
for, so a broker that does not answer is logged and nothing more.
"""

from threading import Lock, Timer
from typing import Final

import structlog
from celery import Celery
from kombu.exceptions import OperationalError

from app.db.session import Bell, RingNow

TASK_PREFIX: Final = "devoured."

_LAST: Final = {"send_batches": 9, "advance_import": 9}
"""What lets all else go first, as 0 is the most urgent. Source: Celery guide, "Redis priority"."""

_MOMENT_SECONDS: Final = 0.05

_log = structlog.get_logger(__name__)


class Soon:
    """Rings from a thread of its own a moment later, so that a request waits for no broker.

    Each bell of a moment sounds once: a bell costs as much as signing up does. What a process did
    not live to ring is found by beat.
    """

    def __init__(self, ring_now: RingNow) -> None:
        self._ring_now = ring_now
        self._lock = Lock()
        self._waiting: dict[Bell, None] = {}

    def __call__(self, bells: list[Bell]) -> None:
        """Remember the bells; the first of a moment starts the thread."""
        with self._lock:
            is_first = not self._waiting
            self._waiting |= dict.fromkeys(bells)
        if is_first and bells:
            timer = Timer(_MOMENT_SECONDS, self._ring)
            timer.daemon = True
            timer.start()

    def _ring(self) -> None:
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        self._ring_now(list(waiting))


def broker_url(redis_url: str) -> str:
    """Return the Redis address as Celery spells it: a Unix socket is `redis+socket://` there."""
    return redis_url.replace("unix://", "redis+socket://", 1)


def make_bells(redis_url: str) -> RingNow:
    """Return a function that rings the given bells: it connects once and gives up quickly."""
    celery = Celery("devoured-bells", broker=broker_url(redis_url), set_as_current=False)
    celery.conf.update(
        task_ignore_result=True,
        broker_transport_options={"socket_connect_timeout": 2, "socket_timeout": 2},
        broker_connection_retry=False,
    )

    def ring_now(bells: list[Bell]) -> None:
        try:
            for task, ids in bells:
                name, urgency = TASK_PREFIX + task, _LAST.get(task, 0)
                celery.send_task(name, args=ids, retry=False, priority=urgency)
        except (OperationalError, OSError) as error:
            _log.warning("bell_not_rung", error=type(error).__name__)

    return ring_now
