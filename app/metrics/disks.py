"""Room: what is free on the disks that this process writes to, and how large the database is."""

import shutil
from contextlib import suppress
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.doctor.machine import folders_of
from app.metrics.families import DATABASE_BYTES, DISK_BYTES, DISK_FREE, Sample, Samples
from app.settings import Settings


def disks(settings: Settings) -> Samples:
    """Yield room and size of the disk of each folder; one that cannot be read is left out."""
    for name, path in folders_of(settings).items():
        with suppress(OSError):
            found = shutil.disk_usage(path)
            yield Sample(DISK_FREE, found.free, (name,))
            yield Sample(DISK_BYTES, found.total, (name,))


def database(session: Session, _now: datetime) -> Samples:
    """Yield how large the database is; its server may be on another machine, whose disk we miss."""
    size = session.scalar(select(func.pg_database_size(func.current_database())))
    yield Sample(DATABASE_BYTES, float(size or 0))
