"""Processes by number: who works below whom, and who is still the one we mean. Linux only."""

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_STARTED_AT = 19
"""Where `starttime` is behind the command's name in its stat. Source: proc_pid_stat(5)."""


@dataclass(frozen=True)
class Known:
    """A process as it was seen; its number may be somebody else's later, the start is not."""

    pid: int
    started: str


def children(pid: int) -> list[Known]:
    """Return the processes directly below this one; none when it has gone."""
    try:
        pids = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        return []
    return [known for one in pids if (known := known_as(int(one))) is not None]


def known_as(pid: int) -> Known | None:
    """Return the process with this id; None when it has gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return Known(pid, stat.rpartition(")")[2].split()[_STARTED_AT])


def tell(known: Known, number: signal.Signals) -> bool:
    """Send the signal if the process is still there and the same; return whether it was sent."""
    if known_as(known.pid) != known:
        return False
    with suppress(ProcessLookupError):
        os.kill(known.pid, number)
        return True
    return False


def kill_whole(pid: int, send: Callable[[int, int], None]) -> set[int]:
    """Kill a worker by `os.killpg` or `os.kill`; return who dies: it, and those directly below it.

    Return none when it had gone. It is stopped first, for a list of processes that come and go may
    miss one. Those below a Celery worker die with it, whichever way it is killed.
    Source: proc_pid_task(5), `children`; PR_SET_PDEATHSIG in `celery.concurrency.prefork`.
    """
    with suppress(ProcessLookupError):
        send(pid, signal.SIGSTOP)
        found = {pid, *(one.pid for one in children(pid))}
        send(pid, signal.SIGKILL)
        return found
    return set()
