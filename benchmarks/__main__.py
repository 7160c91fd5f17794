"""`python -m benchmarks [sizes]`: measure everything, print a table; `make bench` runs it.

Sizes are numbers of readers, the smallest first; what needs a small or a large audience takes the
first or the last of them.
"""

import sys
from collections.abc import Iterator
from typing import Final

from benchmarks.checking import check_row
from benchmarks.deployment import Deployment, start_deployment
from benchmarks.events import events_row
from benchmarks.importing import import_row
from benchmarks.launching import launch_row
from benchmarks.measure import Row
from benchmarks.readying import make_ready
from benchmarks.rendering import render_rows
from benchmarks.report import report
from benchmarks.sending import prepare_issue, send_through_ses, send_through_smtp
from benchmarks.service import service_rows
from benchmarks.web import web_rows

_SIZES: Final = (10_000, 100_000)


def main(sizes: tuple[int, ...]) -> None:
    """Run all of it and print the table as it stands at the end."""
    with start_deployment() as deployment:
        report(_rows(deployment, sizes))


def _rows(deployment: Deployment, sizes: tuple[int, ...]) -> Iterator[Row]:
    for n_readers in sizes:
        ready = make_ready(deployment, n_readers)
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
            yield from service_rows(deployment, make_ready(deployment, n_readers, "service"))
        ready.container.engine.dispose()


if __name__ == "__main__":
    main(tuple(map(int, sys.argv[1:])) or _SIZES)
