"""Service: Celery and beat as in production, from “send now” on, and after a kill -9."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from typing import Final

import httpx2
from sqlalchemy import text

from app.actors import CLI
from app.container import Container, build
from app.db.session import transaction
from app.enums import IssueState
from app.issues.scheduling import schedule
from app.jobs import make_enqueue
from app.settings import Settings
from benchmarks.audience import add_issue
from benchmarks.deployment import Deployment
from benchmarks.idle import measure_idle
from benchmarks.measure import Row, ratio
from benchmarks.sending import Ready
from localdev.processes import Child, stop

_WORKER: Final = ("app.cli", "worker", "--concurrency", "2")
_LONGEST: Final = 300.0
_PROCESSES: Final = 2
_OTHERS: Final = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
_KILLED_AFTER: Final = 0.3
"""The part of the readers that is handed over before the worker is killed."""


def service_rows(deployment: Deployment, ready: Ready) -> list[Row]:
    """First mail, resume, and the rate of two Celery processes through bulk calls.

    Each beside the least that could be: an idle worker's answer to an empty task, a bare worker's
    start until it answers, and one bare client's bulk calls with nothing else running.
    """
    settings = deployment.settings(ready.name)
    container = build(Settings(**settings))
    ready.container.engine.dispose()
    idle = measure_idle(deployment, ready.name)
    before = _handed_over(deployment)
    with ExitStack() as stack:
        beat = deployment.start("app.cli", "beat", settings=settings)
        stack.callback(stop, beat, 10)
        worker = _start(deployment, ready)
        _until(lambda: _n_working(container) >= _PROCESSES)
        start = time.perf_counter()
        issue_id = _send_now(container)
        first = _until(lambda: _handed_over(deployment) > before) - start
        kill_at = before + int(ready.n_readers * _KILLED_AFTER)
        killed = _until(lambda: _handed_over(deployment) >= kill_at)
        rate = _handed_over(deployment) - before
        os.killpg(worker.process.pid, signal.SIGKILL)
        seen = _handed_over(deployment)
        stack.callback(stop, _start(deployment, ready), 10)
        resumed = _until(lambda: _handed_over(deployment) > seen) - killed
    container.engine.dispose()
    floor = deployment.run("benchmarks.floors", "ses", str(issue_id), settings=settings)
    bare, seen_rate = floor["recipients"] / floor["wall"], rate / (killed - start - first)
    readers = f"{ready.n_readers:,} readers"
    return [
        _waited(f"“send now” to the first mail, {readers}", first, idle.round_trip),
        _waited(f"kill -9 to the next mail, {readers}", resumed, idle.start),
        Row(
            "end to end by Celery, two processes",
            f"{seen_rate:,.0f}/s",
            f"{bare:,.0f}/s",
            ratio(bare, seen_rate),
        ),
    ]


def _waited(what: str, seconds: float, floor: float) -> Row:
    return Row(what, f"{seconds:.2f} s", f"{floor:.3f} s", ratio(seconds, floor))


def _start(deployment: Deployment, ready: Ready) -> Child:
    module, *arguments = _WORKER
    return deployment.start(module, *arguments, settings=deployment.settings(ready.name))


def _send_now(container: Container) -> int:
    """Do what the API does when a person presses the button; return the id of the issue."""
    with transaction(container.sessions, make_enqueue(container.settings.redis_url)) as session:
        issue = add_issue(session, container.clock())
        issue.state = IssueState.APPROVED
        session.flush()
        now = container.clock()
        schedule(session, CLI, issue.id, now, send_at=now, send_not_after=now + timedelta(hours=1))
        return issue.id


def _n_working(container: Container) -> int:
    """Return how many other processes are connected to the database.

    Workers connect at their first tick.
    """
    with container.engine.connect() as connection:
        return int(connection.scalar(_OTHERS) or 0)


def _handed_over(deployment: Deployment) -> int:
    """Return how many messages the local SES has taken."""
    said = httpx2.get(f"{deployment.place.ses_url}/health", timeout=10, trust_env=False).json()
    return int(said["n_messages"])


def _until(is_so: Callable[[], bool]) -> float:
    """Wait until it is so and return that time; give up after minutes.

    This checks fifty times a second.
    """
    deadline = time.perf_counter() + _LONGEST
    while not is_so() and time.perf_counter() < deadline:
        time.sleep(0.02)
    return time.perf_counter()
