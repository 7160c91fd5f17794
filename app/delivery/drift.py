"""Drift: an audience that is not the one that somebody approved stops the Issue at its launch."""

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from app.actors import SYSTEM
from app.delivery.pausing import pause
from app.models import Issue

LEAST_DRIFT: Final = 100
"""Readers more or fewer that never stop an Issue, whatever share of its audience they are."""


class Drifted(Exception):
    """An audience of `n_due` readers is not the one that was approved."""

    def __init__(self, n_due: int) -> None:
        super().__init__(n_due)
        self.n_due = n_due


def has_drifted(n_planned: int | None, n_due: int, percent: int) -> bool:
    """Return whether an audience is more than `percent` from the planned one.

    It never is where nobody planned it, or `percent` is 0.
    """
    if n_planned is None or not percent:
        return False
    difference = abs(n_due - n_planned)
    return difference > LEAST_DRIFT and difference * 100 > n_planned * percent


def issue_drifts(issue: Issue, n_due: int, percent: int, *, in_warm_up: bool) -> bool:
    """Return whether an Issue's audience is another than was approved.

    That the ceiling of a warm-up leaves fewer than were planned under one is none, and more than
    were planned it never has (`room.room_for_issue`).
    """
    if in_warm_up and issue.n_beyond_warm_up is not None:
        return False
    return has_drifted(issue.n_planned, n_due, percent)


def pause_for_drift(session: Session, issue: Issue, n_due: int, now: datetime) -> None:
    """Pause an Issue that the caller has locked; whoever resumes it approves `n_due` readers."""
    because = (
        f"its readers changed from {issue.n_planned:,} to {n_due:,} since it was approved; "
        "resumed, it goes out to those there are now"
    )
    issue.n_planned = n_due
    pause(session, SYSTEM, issue, because, now)
