"""Launcher: one process that freezes an audience, and before that does the least one could do.

`python -m benchmarks.launcher`; the settings come from the environment. Prints as JSON the issue
and what was spent.
"""

import sys
import time
from typing import Final

import orjson
from sqlalchemy import text

from app.container import build
from app.db.session import transaction
from app.delivery.launch import launch
from app.settings import load_settings
from benchmarks.audience import add_issue
from benchmarks.measure import peak_bytes

# The same readers in arrays as long as a Batch, of no cut, with no condition but that they are
# active, and kept for nobody.
_BARE: Final = text(
    """
    CREATE TEMPORARY TABLE bare AS
    SELECT array_agg(id) AS ids FROM subscribers WHERE state = 'active' GROUP BY id / 500
    """
)


def main() -> None:
    """Launch, and print what was spent as JSON."""
    container = build(load_settings())
    start = time.perf_counter()
    with transaction(container.sessions) as session:
        session.execute(_BARE)
    floor = time.perf_counter() - start
    with transaction(container.sessions) as session:
        issue = add_issue(session, container.clock())
    start = time.perf_counter()
    with transaction(container.sessions) as session:
        launch(session, session.merge(issue), container.clock())
    said = {"issue": issue.id, "wall": time.perf_counter() - start, "floor": floor}
    sys.stdout.write(orjson.dumps({**said, "peak": peak_bytes()}).decode() + "\n")


if __name__ == "__main__":
    main()
