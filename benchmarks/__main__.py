"""`python -m benchmarks [sizes]`: measure everything, print a table; `make bench` runs it.

Sizes are numbers of readers, the smallest first; what needs a small or a large audience takes the
first or the last of them.
"""

import logging
import os
import platform
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

import structlog
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from app.db.session import transaction
from benchmarks.audience import add_readers
from benchmarks.checking import check_row
from benchmarks.deployment import Deployment, start_deployment
from benchmarks.events import events_row
from benchmarks.importing import import_row
from benchmarks.launching import launch_row
from benchmarks.measure import Row
from benchmarks.rendering import render_rows
from benchmarks.sending import Ready, prepare_issue, send_through_ses, send_through_smtp
from benchmarks.service import service_rows
from benchmarks.web import web_rows

_SIZES: Final = (10_000, 100_000)


def main(sizes: tuple[int, ...]) -> None:
    """Run all of it and print the table as it stands at the end."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    console = Console()
    rows: list[Row] = []
    start = time.perf_counter()
    with start_deployment() as deployment:
        for row in _rows(deployment, sizes):
            console.print(f"{time.perf_counter() - start:4.0f} s  {row.what}: {row.figure}")
            rows.append(row)
    console.print(_table(rows))
    load = ", ".join(f"{part:.1f}" for part in os.getloadavg())
    machine = f"{os.cpu_count()} CPUs, Python {platform.python_version()}, load {load}"
    console.print(f"{datetime.now(UTC):%Y-%m-%d}, {machine}")


def _rows(deployment: Deployment, sizes: tuple[int, ...]) -> Iterator[Row]:
    for n_readers in sizes:
        ready = _make_ready(deployment, n_readers)
        if n_readers == sizes[0]:
            yield from render_rows(ready)
            yield check_row(ready)
        row, issue_id = launch_row(deployment, ready)
        yield row
        yield send_through_ses(deployment, ready, issue_id)
        yield send_through_smtp(deployment, ready, prepare_issue(ready))
        if n_readers == sizes[0]:
            yield events_row(deployment, ready)
            yield from web_rows(deployment, ready)
        if n_readers == sizes[-1]:
            yield import_row(deployment, n_readers)
        if n_readers != sizes[0] or len(sizes) == 1:
            # Of its own: the confirmations that the sign-ups left would go first, and be counted.
            yield from service_rows(deployment, _make_ready(deployment, n_readers, "service"))
        ready.container.engine.dispose()


def _make_ready(deployment: Deployment, n_readers: int, purpose: str = "readers") -> Ready:
    """Make a database for this size and purpose, with its readers in place and vacuumed."""
    name = f"{purpose}_{n_readers}"
    deployment.make_database(name)
    container = deployment.container(name)
    with transaction(container.sessions) as session:
        add_readers(session, n_readers, container.pepper, container.clock())
    options = {"isolation_level": "AUTOCOMMIT"}
    with container.engine.connect().execution_options(**options) as connection:
        connection.execute(text("VACUUM ANALYZE"))
        connection.execute(text("CHECKPOINT"))
    return Ready(name, container, n_readers)


def _table(rows: list[Row]) -> Table:
    table = Table("", "measured", "floor", "ratio", "seen beside", box=None, pad_edge=False)
    for row in rows:
        table.add_row(row.what, row.figure, row.floor, row.ratio, row.seen)
    return table


if __name__ == "__main__":
    main(tuple(map(int, sys.argv[1:])) or _SIZES)
