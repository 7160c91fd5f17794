"""Issues as editors see them: listed newest first, and the schedule ahead and behind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import exists, select, tuple_
from sqlalchemy.orm import Session

from app.enums import IssueState
from app.models import Category, Issue, ScheduleDay, Story
from app.publication.categories import open_categories
from app.publication.lanes import Lane, lanes, next_slot
from app.publication.publication import get_publication

_NOT_COMING: Final = (IssueState.SENT, IssueState.CANCELLED)


@dataclass(frozen=True)
class Outlook:
    """A lane, its next day and slot, and the Issue for it; None where there is none."""

    lane: Lane
    day: date | None
    slot: datetime | None
    issue: Issue | None


def list_issues(
    session: Session,
    *,
    before: tuple[date, int] | None,
    limit: int,
    state: IssueState | None = None,
) -> Sequence[Issue]:
    """Return at most `limit` Issues, newest day first, that come after the (day, id) `before`."""
    query = select(Issue).order_by(Issue.issued_on.desc(), Issue.id.desc()).limit(limit)
    if before is not None:
        query = query.where(tuple_(Issue.issued_on, Issue.id) < before)
    if state is not None:
        query = query.where(Issue.state == state)
    return session.scalars(query).all()


def on_their_way(session: Session, category: Category) -> Sequence[Issue]:
    """Return the Issues with stories of this category that are approved or on their way."""
    waiting = (IssueState.APPROVED, IssueState.SCHEDULED, IssueState.SENDING)
    of_it = exists().where(Story.issue_id == Issue.id, Story.category_id == category.id)
    query = select(Issue).where(Issue.state.in_(waiting), of_it).order_by(Issue.id)
    return session.scalars(query).all()


def outlook(session: Session, now: datetime) -> list[Outlook]:
    """Return every lane's next slot, the publication's first."""
    found = []
    for lane in lanes(get_publication(session), open_categories(session)):
        coming = next_slot(lane, now)
        if coming is None:
            found.append(Outlook(lane, None, None, None))
        else:
            found.append(Outlook(lane, *coming, _issue_for(session, lane, coming[0])))
    return found


def past_days(session: Session, limit: int) -> Sequence[ScheduleDay]:
    """Return what became of the last days, latest first."""
    return session.scalars(
        select(ScheduleDay).order_by(ScheduleDay.day.desc(), ScheduleDay.id.desc()).limit(limit)
    ).all()


def _issue_for(session: Session, lane: Lane, day: date) -> Issue | None:
    """Return the Issue of this lane and day: the one on its way, else the newest draft."""
    return session.scalar(
        select(Issue)
        .where(
            Issue.issued_on == day,
            Issue.category_id.is_not_distinct_from(lane.category_id),
            Issue.state.not_in(_NOT_COMING),
            Issue.corrects_id.is_(None),
        )
        .order_by(Issue.state == IssueState.DRAFT, Issue.id.desc())
        .limit(1)
    )
