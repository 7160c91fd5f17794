"""Worker: one process that sends until nothing is left, without Celery, and says what it took.

`python -m benchmarks.worker <id of PostgreSQL's first process>`; the settings come from the
environment. It is made exactly as a Celery child is.
"""

import sys

import orjson

from app.delivery.send import send_batch
from app.gc_tuning import leave_loaded_alone
from app.settings import load_settings
from benchmarks.measure import Meter, peak_bytes
from workers.context import close_context, context, open_context


def main(postgres: int) -> None:
    """Send, and print what was spent as JSON."""
    open_context(load_settings(), worker="benchmark")
    leave_loaded_alone()
    sender = context().sender
    meter = Meter(postgres)
    n_batches = 0
    while send_batch(sender):
        n_batches += 1
    spent = meter.spent()
    close_context()
    said = {"batches": n_batches, "peak": peak_bytes(), **vars(spent)}
    sys.stdout.write(orjson.dumps(said).decode() + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
