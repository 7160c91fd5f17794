"""Bells: waking Celery workers by task name, so that `app` need not know `workers`.

A bell is only a hint. The database is the truth, and a tick of beat finds whatever no bell rang
for, so a broker that does not answer is logged and nothing more.
"""

from typing import Final

import structlog
from celery import Celery
from kombu.exceptions import OperationalError

from app.db.session import Bell, RingNow

TASK_PREFIX: Final = "devoured."

_LAST: Final = {"send_batches": 9, "advance_import": 9}
"""What lets all else go first, as 0 is the most urgent. Source: Celery guide, "Redis priority"."""

_log = structlog.get_logger(__name__)


def broker_url(redis_url: str) -> str:
    """The Redis address as Celery spells it: a Unix socket is `redis+socket://` there."""
    return redis_url.replace("unix://", "redis+socket://", 1)


def make_bells(redis_url: str) -> RingNow:
    """A function that rings the given bells: connected once, quick to give up."""
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
