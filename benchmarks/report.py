"""Report: print rows as they come, and a table of all of them with the machine and the day."""

import logging
import os
import platform
import time
from collections.abc import Iterable
from datetime import UTC, datetime

import structlog
from rich.console import Console
from rich.table import Table

from benchmarks.measure import Row


def report(measured: Iterable[Row]) -> None:
    """Print each of these rows when it is measured, then the table."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    console = Console()
    rows: list[Row] = []
    start = time.perf_counter()
    for row in measured:
        console.print(f"{time.perf_counter() - start:4.0f} s  {row.what}: {row.figure}")
        rows.append(row)
    console.print(_table(rows))
    load = ", ".join(f"{part:.1f}" for part in os.getloadavg())
    machine = f"{os.cpu_count()} CPUs, Python {platform.python_version()}, load {load}"
    console.print(f"{datetime.now(UTC):%Y-%m-%d}, {machine}")


def _table(rows: list[Row]) -> Table:
    table = Table("", "measured", "floor", "ratio", "seen beside", box=None, pad_edge=False)
    for row in rows:
        table.add_row(row.what, row.figure, row.floor, row.ratio, row.seen)
    return table
