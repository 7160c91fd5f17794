"""A parent process that a test may kill, and whether its child outlives it."""

import os
import subprocess
import sys
from pathlib import Path

_BEGIN = """
import time
from pathlib import Path
from localdev.processes import start_child
"""


def start_parent(script: str, **environment: str) -> tuple[subprocess.Popen[str], int]:
    """Start a Python process that runs `script` and then waits; return the number it printed."""
    parent = subprocess.Popen(  # noqa: S603  # the scripts are the tests' own
        [sys.executable, "-c", f"{_BEGIN}{script}\ntime.sleep(600)"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )
    with parent.stdout or sys.stdin as printed:
        return parent, int(printed.readline())


def is_gone(pid: int) -> bool:
    """Return whether the process has ended.

    It counts even if nobody reaps it, as in a container without an init.
    """
    try:
        os.kill(pid, 0)
        return " Z " in Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except ProcessLookupError:
        return True
    except FileNotFoundError:
        return Path("/proc/self").exists()


def left_behind(mark: str, var: Path) -> list[str]:
    """Return the processes that carry the mark or work in the folder.

    The folder is needed because PostgreSQL has no environment.
    """
    found = []
    for entry in Path("/proc").iterdir():
        try:
            is_marked = entry.name.isdigit() and mark.encode() in (entry / "environ").read_bytes()
            if is_marked or (entry / "cwd").readlink().is_relative_to(var):
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue  # it has gone, or is not ours to look at
    return found
