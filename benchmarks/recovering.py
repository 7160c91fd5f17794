"""Recovering: a base backup before a send, the log of it, and a recovery over all of that."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import psycopg

from benchmarks.deployment import Deployment
from benchmarks.measure import Row
from benchmarks.programs import run_program
from localdev.postgres import server_programs, start_postgres
from localdev.processes import Child, start_child, stop, wait_until

_MEGA: Final = 1 << 20
_LONGEST: Final = 3600.0


@dataclass(frozen=True)
class KeptLog:
    """A base backup, and the log since it as it is written."""

    folder: Path
    receiver: Child
    base_seconds: float
    base_bytes: int

    @property
    def log(self) -> Path:
        """Return the folder of the log."""
        return self.folder / "wal"


@contextmanager
def kept_log(deployment: Deployment) -> Iterator[KeptLog]:
    """Take a base backup of the running server, and keep its log until the end."""
    with TemporaryDirectory(prefix="devoured-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL may run as another user
        for part in ("wal", "postgres"):
            (folder / part).mkdir()
        url = deployment.url("postgres")
        # A slot keeps what has not been received yet, however long the receiver is away.
        server = (f"--dbname={url}", "--slot=kept")
        run_program("pg_receivewal", *server, "--create-slot")
        receiver = start_child(
            "pg_receivewal",
            [str(server_programs() / "pg_receivewal"), *server, f"--directory={name}/wal"],
            log=folder / "receiver.log",
        )
        try:
            wait_until(lambda: any((folder / "wal").iterdir()), 60, receiver)
            data, start = folder / "postgres" / "data", time.perf_counter()
            options = ("--checkpoint=fast", "--wal-method=none", "--no-manifest")
            run_program("pg_basebackup", f"--dbname={url}", f"--pgdata={data}", *options)
            seconds = time.perf_counter() - start
            yield KeptLog(folder, receiver, seconds, _n_bytes(data))
        finally:
            stop(receiver, 10, signal.SIGINT)
            run_program("pg_receivewal", *server, "--drop-slot")


def recovery_rows(deployment: Deployment, kept: KeptLog, n_readers: int) -> list[Row]:
    """Recover the base backup over all of the log, on a server beside; measure until it writes."""
    _end_log(deployment, kept)
    data = kept.folder / "postgres" / "data"
    with (data / "postgresql.auto.conf").open("a") as settings:
        settings.write(f"restore_command = 'cp {kept.log}/%f %p'\n")
    (data / "recovery.signal").touch()
    _give(kept.folder, deployment.place.folder / "postgres" / "data")
    n_bytes, start = _n_bytes(kept.log), time.perf_counter()
    with start_postgres(kept.folder / "postgres", durable=True) as postgres:
        wait_until(lambda: _writes(postgres.url_of("postgres")), _LONGEST, postgres.child)
        seconds = time.perf_counter() - start
    base = f"{kept.base_bytes / _MEGA:,.0f} MB"
    log = f"{n_bytes / _MEGA:,.0f} MB of log"
    return [
        Row(f"base backup, {n_readers:,} readers", f"{kept.base_seconds:.1f} s", seen=base),
        Row("recovery over the log since", f"{seconds:.1f} s", seen=log),
    ]


def _end_log(deployment: Deployment, kept: KeptLog) -> None:
    """Return once all that was written is in the log that is kept."""
    with psycopg.connect(deployment.url("postgres"), autocommit=True) as connection:
        last = connection.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
    assert last is not None  # noqa: S101  # a function answers
    wait_until((kept.log / str(last[0])).exists, _LONGEST, kept.receiver)


def _give(folder: Path, like: Path) -> None:
    """Let it belong to whom the server's data belongs to, where we are not that one."""
    if os.geteuid() == 0:
        owner = like.stat()
        for one in (folder, *folder.rglob("*")):
            os.chown(one, owner.st_uid, owner.st_gid)


def _writes(url: str) -> bool:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT pg_is_in_recovery()").fetchone() == (False,)


def _n_bytes(folder: Path) -> int:
    return sum(one.stat().st_size for one in folder.rglob("*") if one.is_file())
