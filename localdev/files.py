"""Files that outlive a loss of power."""

import os
from pathlib import Path


def write_through(path: Path, text: str) -> None:
    """Write a file that its owner alone may read: whole or not at all, and on the disk at return.

    Raises:
        OSError: it cannot be written there; it is as it was.
    """
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    with new.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
