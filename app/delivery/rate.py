"""Rate: how fast an Issue is going out just now, and how long the rest of it takes at that."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.delivery.progress import Progress
from app.enums import IssueState
from app.models import Batch, Call, Issue

RATE_OVER: Final = timedelta(minutes=1)
"""The time that a rate is taken over, or as much of it as the Issue has been going out."""

_LEAST_SECONDS: Final = 1.0


def rate_of(session: Session, issue: Issue, now: datetime) -> float:
    """Recipients per second over the last minute, from the Calls that were closed in it.

    0 for an Issue that is not being sent. Costs one look at an index, however old the ledger is.
    """
    if issue.state != IssueState.SENDING or issue.rendered_at is None:
        return 0.0
    since = max(now - RATE_OVER, issue.rendered_at)
    n_readers, first_at = session.execute(
        select(
            func.coalesce(func.sum(func.cardinality(Call.subscriber_ids)), 0),
            func.min(Call.opened_at),
        )
        .join(Batch, Batch.id == Call.batch_id)
        .where(Call.closed_at > since, Call.closed_at <= now, Batch.issue_id == issue.id)
    ).one()
    if not n_readers:
        return 0.0
    # A send that has just begun, or gone on after a pause, was idle for the rest of the minute.
    seconds: float = (now - max(since, first_at)).total_seconds()
    return int(n_readers) / max(seconds, _LEAST_SECONDS)


def seconds_left(progress: Progress, rate: float) -> float | None:
    """Return how many seconds the rest takes at this rate; None while that is unknown."""
    n_left = progress.queued + progress.sending
    return n_left / rate if rate > 0 else None
