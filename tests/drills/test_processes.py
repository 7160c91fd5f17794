"""Who dies when a worker is killed: nobody's answer may be looked for who died with it."""

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress

import pytest

from benchmarks.drill.processes import kill_whole

# A parent and two processes below it that die with it, as Celery's do.
_WORKER = """
import os, signal, sys, time
from celery.platforms import set_pdeathsig
for _ in range(2):
    if os.fork() == 0:
        set_pdeathsig("SIGKILL")
        sys.stdout.write(f"{os.getpid()}\\n")
        sys.stdout.flush()
        time.sleep(60)
time.sleep(60)
"""


@pytest.mark.parametrize("send", [os.kill, os.killpg])
def test_whoever_is_below_a_killed_worker_is_told_and_dies(
    send: Callable[[int, int], None],
) -> None:
    with subprocess.Popen(  # noqa: S603  # this interpreter, on words of ours
        [sys.executable, "-c", _WORKER], stdout=subprocess.PIPE, start_new_session=True
    ) as worker:
        assert worker.stdout is not None
        below = {int(worker.stdout.readline()) for _ in range(2)}
        try:
            assert kill_whole(worker.pid, send) == {worker.pid, *below}
            assert worker.stdout.read() == b"", "nobody holds the pipe any more"
        finally:
            with suppress(ProcessLookupError):
                os.killpg(worker.pid, 9)


def test_nobody_is_killed_who_has_gone() -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""], start_new_session=True)
    gone.wait()
    assert kill_whole(gone.pid, os.kill) == set()
