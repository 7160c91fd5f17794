"""Doing to the house what the plan says, and undoing in time what does not undo itself."""

import heapq
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Final, TypeVar

import redis
from sqlalchemy.exc import OperationalError

from app.db.session import transaction
from benchmarks.drill.audience import let_leave
from benchmarks.drill.house import House, Slot
from benchmarks.drill.letters import sign_up_some
from benchmarks.drill.plan import Disturbance, Kind, Scope, event_knobs
from benchmarks.drill.processes import Known, children, known_as, tell

_T = TypeVar("_T")
Undo = Callable[[], object]


@dataclass
class Trouble:
    """What was done so far, and what is to be undone when, by the steady clock."""

    house: House
    scope: Scope
    seed: int
    done: Counter[Kind] = field(default_factory=Counter)
    undo_at: list[tuple[float, int, Undo]] = field(default_factory=list)
    number: "count[int]" = field(default_factory=count)


def disturb(trouble: Trouble, one: Disturbance) -> bool:
    """Whether there was something to do this one thing to; then it is done, and counted."""
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
    """A worker with all of its processes, as when its container is killed."""
    slot = _slot(trouble, one.draw)
    if slot is None or slot.child is None:
        return False
    with suppress(ProcessLookupError):
        os.killpg(slot.child.process.pid, signal.SIGKILL)
        return True
    return False


def _kill_parent(trouble: Trouble, one: Disturbance) -> bool:
    """A worker's parent alone; its processes go on with what they do."""
    slot = _slot(trouble, one.draw)
    if slot is None or slot.child is None:
        return False
    slot.orphans.update(children(slot.child.process.pid))
    slot.child.process.kill()
    return True


def _kill_process(trouble: Trouble, one: Disturbance) -> bool:
    process = _pick(_processes(trouble), one.draw)
    return process is not None and tell(process, signal.SIGKILL)


def _kill_listener(trouble: Trouble, _: Disturbance) -> bool:
    for slot in trouble.house.slots:
        if slot.name == "listener" and slot.child is not None:
            slot.child.process.kill()
            return True
    return False


def _freeze_worker(trouble: Trouble, one: Disturbance) -> bool:
    slot = _slot(trouble, one.draw)
    if slot is None or slot.child is None:
        return False
    parent = known_as(slot.child.process.pid)
    frozen = [*([parent] if parent else []), *children(slot.child.process.pid)]
    return _freeze(trouble, frozen, one.seconds)


def _freeze_process(trouble: Trouble, one: Disturbance) -> bool:
    process = _pick(_processes(trouble), one.draw)
    return process is not None and _freeze(trouble, [process], one.seconds)


def _freeze(trouble: Trouble, processes: Sequence[Known], seconds: float) -> bool:
    frozen = [process for process in processes if tell(process, signal.SIGSTOP)]

    def thaw() -> None:
        for process in frozen:
            tell(process, signal.SIGCONT)

    _undo_after(trouble, seconds, thaw)
    return bool(frozen)


def _flush_broker(trouble: Trouble, _: Disturbance) -> bool:
    with redis.Redis.from_url(trouble.house.container.settings.redis_url) as client:
        client.flushall()
    return True


def _restart_broker(trouble: Trouble, _: Disturbance) -> bool:
    trouble.house.valkey.restart()
    return True


def _kill_broker(trouble: Trouble, _: Disturbance) -> bool:
    trouble.house.valkey.restart(signal.SIGKILL)
    return True


def _restart_postgres(trouble: Trouble, _: Disturbance) -> bool:
    """As an upgrade does it: sessions are ended, nothing is lost."""
    trouble.house.postgres.restart()
    return True


def _kill_postgres(trouble: Trouble, one: Disturbance) -> bool:
    """A crash: by `immediate`, or by kill -9; both recover from the log."""
    how = signal.SIGKILL if one.draw < 0.5 else signal.SIGQUIT  # every other
    trouble.house.postgres.restart(how)
    return True


def _withhold_events(trouble: Trouble, one: Disturbance) -> bool:
    def knobs(withhold: float) -> None:
        trouble.house.turn("events", event_knobs(trouble.seed, trouble.scope, withhold=withhold))

    knobs(1.0)
    _undo_after(trouble, one.seconds, lambda: knobs(0.0))
    return True


def _leave(trouble: Trouble, one: Disturbance) -> bool:
    box = trouble.house.container
    with suppress(OperationalError), transaction(box.sessions) as session:
        let_leave(session, one.draw, box.clock())
        return True
    return False


def _sign_up(trouble: Trouble, one: Disturbance) -> bool:
    box = trouble.house.container
    with suppress(OperationalError), transaction(box.sessions, box.ring_now) as session:
        sign_up_some(session, one.draw, box.pepper, box.clock())
        return True
    return False


def _slot(trouble: Trouble, draw: float) -> Slot | None:
    return _pick([slot for slot in trouble.house.workers() if _runs(slot)], draw)


def _runs(slot: Slot) -> bool:
    return slot.child is not None and slot.child.process.poll() is None


def _processes(trouble: Trouble) -> list[Known]:
    """Those who send: the workers' own processes, orphans too; a worker that has none itself."""
    found: list[Known] = []
    for slot in trouble.house.workers():
        found += [orphan for orphan in slot.orphans if known_as(orphan.pid) == orphan]
        if _runs(slot) and slot.child is not None:
            found += children(slot.child.process.pid)
    if found:
        return found
    alone = [known_as(s.child.process.pid) for s in trouble.house.workers() if s.child and _runs(s)]
    return [one for one in alone if one is not None]


def _pick(those: Sequence[_T], draw: float) -> _T | None:
    return those[int(draw * len(those))] if those else None


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
    Kind.WITHHOLD_EVENTS: _withhold_events,
    Kind.LEAVE: _leave,
    Kind.SIGN_UP: _sign_up,
}
