"""A command of ours that goes on, and what it prints meanwhile."""

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager


@contextmanager
def running(command: Sequence[str], env: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    """Run a command, and kill it at the end if it is still there."""
    with subprocess.Popen(  # noqa: S603  # this project's own command
        command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def read_until(process: subprocess.Popen[str], words: str) -> str:
    """Return what a process printed up to the first line with these words.

    Raises:
        AssertionError: it ended without them.
    """
    said = ""
    for line in process.stdout or ():
        said += line
        if words in line:
            return said
    raise AssertionError(f"it ended without {words!r}:\n{said}")
