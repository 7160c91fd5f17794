"""Keeping: a backup and its restore, and what the nightly task takes to forget what is old."""

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from sqlalchemy import text

from app.db.session import transaction
from app.delivery.partitions import ISSUES_EACH, drop_old_partitions
from app.events.inbox import KEPT_FOR, forget_old_events
from app.outbox import forget_published
from benchmarks.audience import add_issue
from benchmarks.deployment import Deployment
from benchmarks.measure import Row, ratio
from benchmarks.programs import run_program
from benchmarks.sending import Ready

_MEGA: Final = 1 << 20
_BEYOND: Final = text(
    "SELECT setval('issues_id_seq', greatest(max(id), CAST(:first AS bigint))) FROM issues"
)
"""The next issue is in a partition of its own, since only those before the last are dropped."""


def backup_rows(deployment: Deployment, ready: Ready) -> list[Row]:
    """Measure a dump as the documents have it, and putting it back into an empty database."""
    with TemporaryDirectory(prefix="devoured-bench-") as folder:
        dump = Path(folder) / "devoured.dump"
        url = deployment.url(ready.name)
        dumped = _seconds(lambda: run_program("pg_dump", "--format=custom", f"--file={dump}", url))
        with transaction(ready.container.sessions) as session:
            n_bytes = session.scalar(text("SELECT pg_database_size(current_database())")) or 0
        deployment.make_empty("restored")
        back = deployment.url("restored")
        restored = _seconds(
            lambda: run_program("pg_restore", "--no-owner", f"--dbname={back}", str(dump))
        )
        size = dump.stat().st_size
    seen = f"{n_bytes / _MEGA:,.0f} MB, {size / _MEGA:,.0f} MB as a file"
    return [
        Row(f"backup, {ready.n_readers:,} readers", f"{dumped:.1f} s", seen=seen),
        Row("its restore", f"{restored:.1f} s", ratio=ratio(restored, dumped)),
    ]


def forgetting_rows(ready: Ready) -> list[Row]:
    """Measure what is dropped and deleted of an audience once it is old; nothing is left of it."""
    sessions, later = ready.container.sessions, ready.container.clock() + KEPT_FOR * 2
    with transaction(sessions) as session:
        n_mails = session.scalar(text("SELECT count(*) FROM deliveries")) or 0
        n_told = session.scalar(text("SELECT count(*) FROM outbox")) or 0
        n_events = session.scalar(text("SELECT count(*) FROM events")) or 0
        session.execute(text("UPDATE issues SET state = 'sent'"))
        session.execute(_BEYOND, {"first": ISSUES_EACH})
        add_issue(session, ready.container.clock())
    ledger = _seconds(lambda: drop_old_partitions(sessions, later + timedelta(days=1)))

    def forget_events() -> None:
        n = 1
        while n:
            with transaction(sessions) as session:
                n = forget_old_events(session, later)

    def forget_outbox() -> None:
        with transaction(sessions) as session:
            forget_published(session, later)

    return [
        Row(f"forgetting the ledger of {n_mails:,} mails", f"{ledger:.1f} s"),
        Row(f"forgetting {n_events:,} events", f"{_seconds(forget_events):.1f} s"),
        Row(f"forgetting {n_told:,} entries of the outbox", f"{_seconds(forget_outbox):.1f} s"),
    ]


def _seconds(step: Callable[[], object]) -> float:
    start = time.perf_counter()
    step()
    return time.perf_counter() - start
