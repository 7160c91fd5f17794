"""The Celery application: `celery -A workers.app worker` and `… beat` start from here."""

import os
from typing import Any

import structlog
from celery import Celery
from celery.signals import (
    after_task_publish,
    beat_init,
    heartbeat_sent,
    setup_logging,
    worker_process_init,
    worker_process_shutdown,
    worker_shutting_down,
)
from kombu import Queue

from app import traces
from app.gc_tuning import leave_loaded_alone
from app.jobs import QUEUES, ROUTES, TASK_PREFIX, broker_url, ticks
from app.logs import configure_logs
from app.settings import load_settings
from app.signs_of_life import renew
from workers.context import close_context, open_context, stopping, takes_work

settings = load_settings()
_log = structlog.get_logger(__name__)


def _every(seconds: float, task: str) -> dict[str, Any]:
    """Return a tick that is dropped when nobody took it before the next ones came."""
    options = {"expires": max(seconds * 3, 30)}
    return {"task": TASK_PREFIX + task, "schedule": seconds, "options": options}


celery = Celery(
    "devoured",
    broker=broker_url(settings.redis_url),
    include=["workers.tasks"],
    task_cls="workers.guarded:Guarded",
)
celery.conf.update(
    task_ignore_result=True,
    task_queues=[Queue(name) for name in QUEUES],
    task_routes=ROUTES,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    broker_connection_retry_on_startup=True,
    # A killed worker's jobs come back within seconds; its work is found by beat in any case.
    broker_transport_options={
        "visibility_timeout": 3600,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
    },
    timezone="UTC",
    beat_schedule={
        task: _every(seconds, task) for task, seconds in ticks(settings.tick_seconds).items()
    },
)


@setup_logging.connect
def _set_up_logging(**_: Any) -> None:
    """Log as the rest of the service does; Celery would set up its own way otherwise."""
    configure_logs(settings)


@worker_process_init.connect
def _open(**_: Any) -> None:
    """Make this process's own engine and client: neither survives a fork.

    Celery only logs what a signal raises, and a process without its Context would take every
    task and fail it; it ends instead, and the pool starts another.
    """
    try:
        if settings.traces:
            traces.start("worker", settings.environment)
        open_context(settings, worker=f"{os.uname().nodename}-{os.getpid()}")
        leave_loaded_alone()
    except BaseException:  # noqa: BLE001  # whatever it is, this process is of no use
        _log.exception("worker_not_opened")
        os._exit(1)


@worker_shutting_down.connect
def _stop(**_: Any) -> None:
    """Tell the children to finish the Call in flight and no more: a clean stop leaves no doubt."""
    stopping.set()


@worker_process_shutdown.connect
def _close(**_: Any) -> None:
    """Give the connections back, and tell the last spans."""
    close_context()
    traces.stop()


@heartbeat_sent.connect
def _worker_lives(**_: Any) -> None:
    """Leave a sign every two seconds: the worker's loop turns, connected to the broker."""
    if takes_work():
        renew(settings.health_folder, "worker")


@beat_init.connect
def _watch_beat(**_: Any) -> None:
    """Leave a sign at every tick that the broker took; in beat alone, since workers publish too."""
    after_task_publish.connect(_beat_lives, weak=False)


def _beat_lives(**_: Any) -> None:
    renew(settings.health_folder, "beat")
