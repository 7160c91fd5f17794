"""Measure: CPU time and memory of processes from /proc, and the rows that are printed.

Linux only, as the kernel's own counts are. CPU time is the solid figure on a machine that others
use too; rates by the wall clock are what was seen and no more.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")
MICRO: Final = 1e6
_TIMES: Final = 50


@dataclass(frozen=True)
class Row:
    """One line of the report: what was done, how much it took, and beside what."""

    what: str
    figure: str
    floor: str = ""
    ratio: str = ""
    seen: str = ""


@dataclass(frozen=True)
class Spent:
    """CPU seconds of this process and of a server with all its children, and wall seconds."""

    own: float
    server: float
    wall: float


class Meter:
    """Counts from when it is made; `server` is the id of a server's first process, 0 for none."""

    def __init__(self, server: int = 0) -> None:
        self._server = server
        self._start = self._now()

    def spent(self) -> Spent:
        """Return what was spent since."""
        before, now = self._start, self._now()
        return Spent(now.own - before.own, now.server - before.server, now.wall - before.wall)

    def _now(self) -> Spent:
        server = tree_seconds(self._server) if self._server else 0.0
        return Spent(time.process_time(), server, time.perf_counter())


def tree_seconds(pid: int) -> float:
    """CPU seconds of a process and all its descendants, those that have ended among them.

    Source: proc_pid_stat(5): fields 14 to 17 are utime, stime, cutime, cstime.
    """
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    total = sum(map(int, fields[11:15])) / _TICKS
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split():
        try:
            total += tree_seconds(int(child))
        except FileNotFoundError:  # it ended just now, and its parent counts it next time
            continue
    return total


def peak_bytes(pid: int | None = None) -> int:
    """Return the most memory that a process (this one without `pid`) ever held at once."""
    lines = Path(f"/proc/{pid or 'self'}/status").read_text(encoding="utf-8").splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) * 1024


def ratio(figure: float, floor: float) -> str:
    """Return how many times its floor a figure is."""
    return f"{figure / floor:.2f} ×"


def milliseconds(step: Callable[[], object]) -> float:
    """CPU time of the step at its best, for the rest is what the machine did besides."""
    best = float("inf")
    for _ in range(_TIMES):
        before = time.process_time()
        step()
        best = min(best, time.process_time() - before)
    return best * 1000
