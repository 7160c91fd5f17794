"""The store's append-only file: one JSON line per record, written before a call is answered.

Without a folder it is an unnamed temporary file, gone with the process. Bodies and personal
values live only in it, so memory stays small however much is sent.
"""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

_CHUNK = 1 << 20
_NAME = "messages.jsonl"


@dataclass(slots=True)
class Log:
    """An open file and where it ends, in bytes."""

    descriptor: int
    end: int = 0


def open_log(folder: Path | None) -> Log:
    """Open the log in this folder, or one that does not outlive the process.

    Raises:
        OSError: the folder cannot be written, or another process has the log open.
    """
    if folder is None:
        with tempfile.TemporaryFile() as file:
            return Log(os.dup(file.fileno()))
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / _NAME, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return Log(descriptor)


def append(log: Log, record: dict[str, Any]) -> tuple[int, int]:
    """Offset and length of the record, which the kernel has when this returns (no fsync).

    Raises:
        OSError: it could not be written whole; the next record takes its place.
    """
    line = orjson.dumps(record) + b"\n"
    offset, end, rest = log.end, log.end, memoryview(line)
    while rest:
        written = os.pwrite(log.descriptor, rest, end)
        end += written
        rest = rest[written:]
    log.end = end
    return offset, len(line)


def read(log: Log, offset: int, length: int) -> dict[str, Any]:
    """Read the record that append put there."""
    record: dict[str, Any] = orjson.loads(os.pread(log.descriptor, length, offset))
    return record


def replay(log: Log) -> Iterator[tuple[dict[str, Any], int, int]]:
    """Yield every whole record with its offset and length; cut off a line torn by a kill.

    It moves `log.end` along, so the log can be appended to once this is exhausted.
    """
    rest = b""
    while chunk := os.pread(log.descriptor, _CHUNK, log.end + len(rest)):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            length = len(line) + 1
            offset, log.end = log.end, log.end + length
            yield orjson.loads(line), offset, length
    os.ftruncate(log.descriptor, log.end)


def truncate(log: Log) -> None:
    """Forget all records."""
    os.ftruncate(log.descriptor, 0)
    log.end = 0


def close_log(log: Log) -> None:
    """Let go of the file."""
    os.close(log.descriptor)
