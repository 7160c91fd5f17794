"""Targets: who is there to be killed, frozen or told to stop."""

from collections.abc import Sequence
from typing import TypeVar

from benchmarks.drill.deployment import Deployment, Slot
from benchmarks.drill.processes import Known, children, known_as

_T = TypeVar("_T")


def worker_of(deployment: Deployment, draw: float) -> Slot | None:
    """Return one of the workers that run."""
    return pick([slot for slot in deployment.workers() if _runs(slot)], draw)


def _runs(slot: Slot) -> bool:
    return slot.child is not None and slot.child.process.poll() is None


def senders(deployment: Deployment) -> list[Known]:
    """Return the processes that send: the workers' own, or workers without any."""
    found: list[Known] = []
    for slot in deployment.workers():
        if _runs(slot) and slot.child is not None:
            found += children(slot.child.process.pid)
    if found:
        return found
    alone = [known_as(s.child.process.pid) for s in deployment.workers() if s.child and _runs(s)]
    return [one for one in alone if one is not None]


def pick(those: Sequence[_T], draw: float) -> _T | None:
    """Return the item that a draw from [0, 1) selects; None when there are none."""
    return those[int(draw * len(those))] if those else None
