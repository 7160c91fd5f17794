"""An Issue's deliveries as CSV: a line for each of its readers, a page of them at a time."""

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from app.delivery.deliveries import Wanted, list_deliveries
from app.models import Issue
from app.readers.export import to_csv

COLUMNS: Final = [
    "subscriber_id",
    "address",
    "edition_id",
    "state",
    "attempt",
    "reason",
    "provider_id",
    "at",
    "event_at",
    "due_at",
]
ROWS_AT_ONCE: Final = 5000
"""Those who wait are looked through anew for each page, so a page is large."""


def delivery_heading() -> str:
    """Return the first line."""
    return to_csv([COLUMNS])


def delivery_page(session: Session, issue: Issue, wanted: Wanted, after: int) -> tuple[str, int]:
    """Return the lines of the next readers behind this id, and the last id; empty at the end.

    Raises:
        Gone: the Issue's ledger was dropped.
    """
    rows = list_deliveries(session, issue, wanted, after=after, limit=ROWS_AT_ONCE)
    if not rows:
        return "", after
    return to_csv([_cell(getattr(row, name)) for name in COLUMNS] for row in rows), rows[
        -1
    ].subscriber_id


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return "" if value is None else str(value)
