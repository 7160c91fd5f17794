"""A worker's next Call, where a test closes none before it."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.delivery.claim import Lease, OpenCall, close_and_open
from app.delivery.timing import USUAL, Timing


def open_call(
    session: Session, lease: Lease, size: int, now: datetime, timing: Timing = USUAL
) -> OpenCall | None:
    """Open a Call to the next readers of a leased Batch, as `close_and_open` does."""
    return close_and_open(session, None, lease, size, now, timing)[1]
