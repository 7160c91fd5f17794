"""Whether the day's issue is launched by the time by which somebody wants to know."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Final

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.models import Issue
from app.publication.lanes import publication_lane, slots_around
from app.publication.publication import get_publication

_TOLD_FOR: Final = timedelta(hours=24)


def unlaunched_since(
    session: Session, at: time, weekdays: frozenset[int] | None, now: datetime
) -> datetime | None:
    """Return since when a day's issue should have been launched; None while all is well.

    It should be by this time on the publication's clocks, on these days or else on those on which
    the publication sends. A day without one is told of for 24 hours; a mail about a correction is
    no issue of its day.
    """
    lane = publication_lane(get_publication(session))
    wanted = replace(lane, send_time=at, weekdays=lane.weekdays if weekdays is None else weekdays)
    due = [one for one in slots_around(wanted, now) if now - _TOLD_FOR < one[1] <= now]
    if not due:
        return None
    day, since = due[-1]
    launched = exists().where(
        Issue.issued_on == day, Issue.launched_at.is_not(None), Issue.corrects_id.is_(None)
    )
    return None if session.scalar(select(launched)) else since
