"""`python -m benchmarks.million [n]`: all that a million readers cost, in one table.

`make bench-million` runs it, and then the drill with a restore in mid-send. The sizes that it does
not take are those of `python -m benchmarks`.
"""

import sys
from collections.abc import Iterator
from typing import Final

from benchmarks.deployment import Deployment, start_deployment
from benchmarks.desk import desk_rows
from benchmarks.events import events_row
from benchmarks.importing import import_row
from benchmarks.keeping import backup_rows, forgetting_rows
from benchmarks.launching import launch_row
from benchmarks.measure import Row
from benchmarks.readying import make_ready
from benchmarks.recovering import kept_log, recovery_rows
from benchmarks.report import report
from benchmarks.sending import prepare_issue, send_through_ses, send_through_smtp
from benchmarks.service import service_rows
from benchmarks.web import web_rows

_N_READERS: Final = 1_000_000


def main(n_readers: int) -> None:
    """Run all of it and print the table as it stands at the end."""
    with start_deployment() as deployment:
        report(_rows(deployment, n_readers))


def _rows(deployment: Deployment, n_readers: int) -> Iterator[Row]:
    yield import_row(deployment, n_readers)
    yield from service_rows(deployment, make_ready(deployment, n_readers, "service"))
    ready = make_ready(deployment, n_readers)
    with kept_log(deployment) as kept:
        row, issue_id = launch_row(deployment, ready)
        yield row
        yield send_through_ses(deployment, ready, issue_id)
        yield events_row(deployment, ready)
        yield send_through_smtp(deployment, ready, prepare_issue(ready))
        yield from recovery_rows(deployment, kept, n_readers)
    yield from desk_rows(deployment, ready)
    yield from web_rows(deployment, ready)
    yield from backup_rows(deployment, ready)
    yield from forgetting_rows(ready)
    ready.container.engine.dispose()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else _N_READERS)
