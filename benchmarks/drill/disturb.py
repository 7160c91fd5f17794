"""Doing to the servers what the plan says, and undoing in time what does not undo itself."""

import heapq
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from typing import Final

import redis
from sqlalchemy.exc import DBAPIError

from app.db.session import transaction
from benchmarks.drill.audience import let_leave, n_just_opened
from benchmarks.drill.deployment import Deployment
from benchmarks.drill.disk import fill
from benchmarks.drill.letters import sign_up_some
from benchmarks.drill.plan import OUTAGES, Disturbance, Kind, Scope, event_knobs
from benchmarks.drill.processes import Known, children, kill_whole, known_as, tell
from benchmarks.drill.targets import pick, senders, worker_of

STOP_GRACE: Final = 60.0
"""Seconds within which a worker that is told to stop has ended: `stop_grace_period` of the compose
file. What is frozen meanwhile is so for less."""

_JUST: Final = timedelta(seconds=1)
_PATIENCE: Final = 10.0
Undo = Callable[[], object]


@dataclass
class Trouble:
    """What was done so far, and what is to be undone when, by the steady clock.

    `killed` are the processes that may have died with an answer; `n_overdue` workers did not end
    in time when they were told to stop. `held_since` says of what all else waits for, since when.
    """

    deployment: Deployment
    scope: Scope
    seed: int
    done: Counter[Kind] = field(default_factory=Counter)
    killed: set[int] = field(default_factory=set)
    n_overdue: int = 0
    held_since: dict[Kind, float] = field(default_factory=dict)
    undo_at: list[tuple[float, int, Undo]] = field(default_factory=list)
    number: "count[int]" = field(default_factory=count)


def disturb(trouble: Trouble, one: Disturbance) -> bool:
    """Do this disturbance if there is a target, and count it; return whether it was done."""
    is_done = _DO[one.kind](trouble, one)
    if is_done:
        trouble.done[one.kind] += 1
    return is_done


def undo_due(trouble: Trouble, *, all_of_it: bool = False) -> None:
    """Undo what has lasted long enough."""
    now = time.monotonic()
    while trouble.undo_at and (all_of_it or trouble.undo_at[0][0] <= now):
        heapq.heappop(trouble.undo_at)[2]()


def _undo_after(trouble: Trouble, seconds: float, undo: Undo) -> None:
    at = time.monotonic() + seconds
    heapq.heappush(trouble.undo_at, (at, next(trouble.number), undo))


def _kill_worker(trouble: Trouble, one: Disturbance) -> bool:
    """Kill a worker with all of its processes, as when its container is killed."""
    return _kill(trouble, one, os.killpg)


def _kill_parent(trouble: Trouble, one: Disturbance) -> bool:
    """Kill a worker's parent alone; the kernel kills its processes, as Celery has asked it to."""
    return _kill(trouble, one, os.kill)


def _kill(trouble: Trouble, one: Disturbance, send: Callable[[int, int], None]) -> bool:
    slot = worker_of(trouble.deployment, one.draw)
    if slot is None or slot.child is None:
        return False
    killed = kill_whole(slot.child.process.pid, send)
    trouble.killed |= killed
    return bool(killed)


def _kill_process(trouble: Trouble, one: Disturbance) -> bool:
    process = pick(senders(trouble.deployment), one.draw)
    if process is None or not tell(process, signal.SIGKILL):
        return False
    trouble.killed.add(process.pid)
    return True


def _stop_worker(trouble: Trouble, one: Disturbance) -> bool:
    """Stop a worker as a deploy does: SIGTERM, then it must end within its grace period."""
    slot = worker_of(trouble.deployment, one.draw)
    if slot is None or slot.child is None:
        return False
    told = known_as(slot.child.process.pid)
    if told is None or not tell(told, signal.SIGTERM):
        return False
    at = time.monotonic() + STOP_GRACE

    def look() -> None:
        is_late = time.monotonic() >= at and known_as(told.pid) == told
        trouble.n_overdue += is_late

    _undo_after(trouble, STOP_GRACE, look)
    return True


def _kill_listener(trouble: Trouble, _: Disturbance) -> bool:
    for slot in trouble.deployment.slots:
        if slot.name == "listener" and slot.child is not None:
            slot.child.process.kill()
            return True
    return False


def _freeze_worker(trouble: Trouble, one: Disturbance) -> bool:
    slot = worker_of(trouble.deployment, one.draw)
    if slot is None or slot.child is None:
        return False
    parent = known_as(slot.child.process.pid)
    frozen = [*([parent] if parent else []), *children(slot.child.process.pid)]
    return _freeze(trouble, frozen, one.seconds)


def _freeze_process(trouble: Trouble, one: Disturbance) -> bool:
    process = pick(senders(trouble.deployment), one.draw)
    return process is not None and _freeze(trouble, [process], one.seconds)


def _freeze(trouble: Trouble, processes: Sequence[Known], seconds: float) -> bool:
    frozen = [process for process in processes if tell(process, signal.SIGSTOP)]

    def thaw() -> None:
        for process in frozen:
            tell(process, signal.SIGCONT)

    _undo_after(trouble, seconds, thaw)
    return bool(frozen)


def _flush_broker(trouble: Trouble, _: Disturbance) -> bool:
    with redis.Redis.from_url(trouble.deployment.container.settings.redis_url) as client:
        client.flushall()
    return True


def _restart_broker(trouble: Trouble, _: Disturbance) -> bool:
    trouble.deployment.valkey.restart()
    return True


def _kill_broker(trouble: Trouble, _: Disturbance) -> bool:
    trouble.deployment.valkey.restart(signal.SIGKILL)
    return True


def _restart_postgres(trouble: Trouble, _: Disturbance) -> bool:
    """Restart PostgreSQL as an upgrade does: sessions are ended, nothing is lost."""
    if trouble.deployment.postgres.is_out:
        return False
    trouble.deployment.postgres.restart()
    return True


def _kill_postgres(trouble: Trouble, one: Disturbance) -> bool:
    """Crash PostgreSQL, by `immediate` or by kill -9; it recovers from the log in both cases."""
    if trouble.deployment.postgres.is_out:
        return False
    how = signal.SIGKILL if one.draw < 0.5 else signal.SIGQUIT  # every other
    trouble.deployment.postgres.restart(how)
    return True


def _postgres_gone(trouble: Trouble, one: Disturbance) -> bool:
    """Take PostgreSQL down for a while, cleanly or not."""
    if trouble.deployment.postgres.is_out or not _is_amid_a_call(trouble):
        return False
    trouble.deployment.postgres.take_down(signal.SIGKILL if one.draw < 0.5 else None)
    _out(trouble, one, lambda: None)
    return True


def _postgres_full(trouble: Trouble, one: Disturbance) -> bool:
    """Its disk is full for a while; it may well end over that, and is put up again then."""
    server = trouble.deployment.postgres
    if server.is_out or server.running is None or not _is_amid_a_call(trouble):
        return False
    make_room = fill(trouble.deployment.disk, server.running.url)
    if make_room is None:
        return False
    _out(trouble, one, make_room)
    return True


def _is_amid_a_call(trouble: Trouble) -> bool:
    """Return whether a worker waits for the provider's answer, as far as one can see."""
    container = trouble.deployment.container
    with suppress(DBAPIError), transaction(container.sessions) as session:
        return n_just_opened(session, container.clock() - _JUST) > 0
    return False


def _out(trouble: Trouble, one: Disturbance, undo: Undo) -> None:
    """Have it end in time; halfway a worker is told to stop, with answers that nobody takes."""
    server = trouble.deployment.postgres
    server.is_out = True

    def stop() -> None:
        disturb(trouble, replace(one, kind=Kind.STOP_WORKER))

    def end() -> None:
        undo()
        server.put_up_again()
        server.is_out = False

    _undo_after(trouble, one.seconds / 2, stop)
    _undo_after(trouble, one.seconds, end)


def must_wait(trouble: Trouble, one: Disturbance) -> bool:
    """Return whether all else waits with this outage, which found no call under way yet.

    The wait is short. When no call is to come, as while a canary is awaited, the rest goes on
    before it is tried again.
    """
    if one.kind not in OUTAGES or trouble.deployment.postgres.is_out:
        return False
    now = time.monotonic()
    if now - trouble.held_since.setdefault(one.kind, now) < _PATIENCE:
        return True
    del trouble.held_since[one.kind]
    return False


def _withhold_events(trouble: Trouble, one: Disturbance) -> bool:
    def knobs(withhold: float) -> None:
        trouble.deployment.turn(
            "events", event_knobs(trouble.seed, trouble.scope, withhold=withhold)
        )

    knobs(1.0)
    _undo_after(trouble, one.seconds, lambda: knobs(0.0))
    return True


def _leave(trouble: Trouble, one: Disturbance) -> bool:
    container = trouble.deployment.container
    with suppress(DBAPIError), transaction(container.sessions) as session:
        let_leave(session, one.draw, container.clock())
        return True
    return False


def _sign_up(trouble: Trouble, one: Disturbance) -> bool:
    container = trouble.deployment.container
    with suppress(DBAPIError), transaction(container.sessions, container.enqueue_now) as session:
        sign_up_some(session, one.draw, container.clock())
        return True
    return False


_DO: Final[dict[Kind, Callable[[Trouble, Disturbance], bool]]] = {
    Kind.KILL_WORKER: _kill_worker,
    Kind.KILL_PARENT: _kill_parent,
    Kind.KILL_PROCESS: _kill_process,
    Kind.KILL_LISTENER: _kill_listener,
    Kind.FREEZE_WORKER: _freeze_worker,
    Kind.FREEZE_PROCESS: _freeze_process,
    Kind.FLUSH_BROKER: _flush_broker,
    Kind.RESTART_BROKER: _restart_broker,
    Kind.KILL_BROKER: _kill_broker,
    Kind.RESTART_POSTGRES: _restart_postgres,
    Kind.KILL_POSTGRES: _kill_postgres,
    Kind.POSTGRES_GONE: _postgres_gone,
    Kind.POSTGRES_FULL: _postgres_full,
    Kind.STOP_WORKER: _stop_worker,
    Kind.WITHHOLD_EVENTS: _withhold_events,
    Kind.LEAVE: _leave,
    Kind.SIGN_UP: _sign_up,
}
