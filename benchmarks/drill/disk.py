"""A disk of PostgreSQL's own, which can be full; and what stands in where none can be mounted."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg

_ROOM: Final = 3 << 30
"""Bytes at most; only what is used takes memory."""
_TRIES: Final = 20

_NOBODY_WRITES: Final = "default_transaction_read_only"


@dataclass(frozen=True)
class Disk:
    """A file system in memory, as large as it is told to be: PostgreSQL's error 53100 is real."""

    folder: Path

    def fill(self) -> bool:
        """Leave no room for another byte; whether that worked."""
        return any(_mount(self.folder, self._n_used(), "remount,") for _ in range(_TRIES))

    def make_room(self) -> None:
        """Give back all room."""
        _mount(self.folder, _ROOM, "remount,")

    def _n_used(self) -> int:
        has = os.statvfs(self.folder)
        return (has.f_blocks - has.f_bfree) * has.f_frsize


@contextmanager
def own_disk(folder: Path) -> Iterator[Disk | None]:
    """Make `folder` and mount a Disk on it; yield None where this needs root, and we are not."""
    folder.mkdir()
    if os.geteuid() != 0 or not _mount(folder, _ROOM):
        yield None
        return
    try:
        yield Disk(folder)
    finally:
        _run("umount", "--lazy", str(folder))


def fill(disk: Disk | None, url: str) -> Callable[[], None] | None:
    """Let PostgreSQL write nothing more; what undoes it, or None where it could not be done.

    Without a Disk every transaction is read-only: error 25006, as in a failover.
    """
    if disk is not None:
        return disk.make_room if disk.fill() else None
    _make_read_only(url, "on")
    return lambda: _make_read_only(url, "off")


def _make_read_only(url: str, word: str) -> None:
    with suppress(psycopg.OperationalError), psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"SET {_NOBODY_WRITES} = off")
        connection.execute(f"ALTER SYSTEM SET {_NOBODY_WRITES} = {word}")
        connection.execute("SELECT pg_reload_conf()")


def _mount(folder: Path, n_bytes: int, what: str = "") -> bool:
    return _run("mount", "-t", "tmpfs", "-o", f"{what}size={n_bytes}", "tmpfs", str(folder))


def _run(*command: str) -> bool:
    """Run the command; return whether it succeeded, False where there is no such program."""
    with suppress(FileNotFoundError):
        done = subprocess.run(command, capture_output=True, check=False, timeout=60)  # noqa: S603  # ours
        return done.returncode == 0
    return False
