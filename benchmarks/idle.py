"""Idle: a Celery worker with one empty task, the floor of whatever waits for a worker.

`python -m benchmarks.idle <address of Valkey>` runs it, with as many processes as the real one in
`service` and through the same broker. It opens no database and sends no mail.
"""

import sys
import time
from dataclasses import dataclass
from statistics import median
from typing import Final

from celery import Celery

from app.jobs import broker_url
from benchmarks.deployment import Deployment
from localdev.processes import stop

_NOTHING: Final = "idle.nothing"
_TIMES: Final = 50
_LONGEST: Final = 60.0


@dataclass(frozen=True)
class Idle:
    """Seconds from a bare worker's start to its first answer, and of an empty task's round trip."""

    start: float
    round_trip: float


def measure_idle(deployment: Deployment, database: str) -> Idle:
    """Start a bare worker, ask it until it is warm, and stop it."""
    celery = make_idle(deployment.valkey_url)
    start = time.perf_counter()
    worker = deployment.start(
        "benchmarks.idle", deployment.valkey_url, settings=deployment.settings(database)
    )
    try:
        _ask(celery)
        started = time.perf_counter() - start
        return Idle(started, median(_ask(celery) for _ in range(_TIMES)))
    finally:
        celery.close()
        stop(worker, 10)


def make_idle(redis_url: str) -> Celery:
    """Build the application of both sides, with a queue of its own."""
    url = broker_url(redis_url)
    celery = Celery("idle", broker=url, backend=url, set_as_current=False)
    celery.conf.update(
        task_default_queue="idle",
        task_acks_late=True,
        worker_prefetch_multiplier=1,
        broker_connection_retry_on_startup=True,
    )
    celery.task(name=_NOTHING)(_nothing)
    return celery


def _nothing() -> None:
    """Do nothing: the task that the worker runs."""


def _ask(celery: Celery) -> float:
    """Seconds until the empty task was answered."""
    start = time.perf_counter()
    celery.send_task(_NOTHING).get(timeout=_LONGEST)
    return time.perf_counter() - start


def main(redis_url: str) -> None:
    """Work until told to stop."""
    options = ("--pool=prefork", "--without-gossip", "--without-mingle", "--concurrency=2")
    make_idle(redis_url).worker_main(["worker", "--loglevel=ERROR", *options])


if __name__ == "__main__":
    main(sys.argv[1])
