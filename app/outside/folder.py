"""The state folder: a few small files beside the data, which a restored database leaves alone."""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from app.outside.base import StoreError

_DIGITS: Final = 20
"""As many as the greatest epoch has: the file never changes its length."""


class FolderPlace:
    """Files in a folder of this machine; processes that share it take turns by a lock."""

    name = "folder"
    is_near = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def epoch(self, installation: UUID) -> int | None:
        """Return the epoch; None where there is no file."""
        with _as_store_error():
            try:
                with self._epoch_path(installation).open("rb") as file:
                    return _read(file.fileno())
            except FileNotFoundError:
                return None

    def raise_epoch(self, installation: UUID, epoch: int, *, durably: bool) -> None:
        """Write the epoch in place, which takes some 20 µs unless it is to be durable."""
        path = self._epoch_path(installation)
        with _as_store_error():
            is_new = not path.exists()
            if is_new:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                if (_read(descriptor) or -1) < epoch:
                    os.pwrite(descriptor, b"%0*d\n" % (_DIGITS, epoch), 0)
                if durably or is_new:
                    os.fsync(descriptor)
            finally:
                os.close(descriptor)
            if is_new:
                self._sync_folder()

    def append(self, installation: UUID, lines: Sequence[bytes], now: datetime) -> None:
        """Add the lines to this month's file, on the disk when this returns."""
        path = self._folder / f"{self._journal_name(installation)}{now:%Y-%m}"
        with _as_store_error():
            is_new = not path.exists()
            if is_new:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                # A line that a full disk cut in half must not spoil the next one.
                os.write(descriptor, b"".join(b"\n%b\n" % line for line in lines))
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            if is_new:
                self._sync_folder()

    def journal(self, installation: UUID) -> Iterator[bytes]:
        """Yield the lines of all months."""
        with _as_store_error():
            for path in self._journals(installation):
                with path.open("rb") as file:
                    yield from (line for one in file if (line := one.strip()))

    def forget(self, installation: UUID, before: datetime) -> None:
        """Delete the files of months that ended before."""
        with _as_store_error():
            for path in self._journals(installation):
                if path.name.removeprefix(self._journal_name(installation)) < f"{before:%Y-%m}":
                    path.unlink(missing_ok=True)

    def _journals(self, installation: UUID) -> list[Path]:
        return sorted(self._folder.glob(f"{self._journal_name(installation)}*"))

    def _journal_name(self, installation: UUID) -> str:
        return f"journal-{installation}-"

    def _epoch_path(self, installation: UUID) -> Path:
        return self._folder / f"epoch-{installation}"

    def _sync_folder(self) -> None:
        """Make a new name in the folder as durable as what the file holds."""
        descriptor = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _read(descriptor: int) -> int | None:
    """Return the number in the file; None where it was only just made."""
    found = os.pread(descriptor, _DIGITS + 1, 0)
    return int(found) if found else None


@contextmanager
def _as_store_error() -> Iterator[None]:
    """Say by PlaceError what went wrong with a file."""
    try:
        yield
    except (OSError, ValueError) as error:
        raise StoreError(str(getattr(error, "strerror", None) or "is damaged")) from error
