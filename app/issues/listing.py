"""Issues as editors see them: listed newest first, and the schedule ahead and behind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import exists, func, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.enums import IssueState
from app.models import Category, Issue, ScheduleDay, Story, UnplacedLine
from app.models.searching import SEARCH
from app.publication.categories import open_categories
from app.publication.lanes import (
    Lane,
    is_send_day,
    lanes,
    local_day,
    next_slot,
    publication_lane,
    slot,
)
from app.publication.publication import get_publication

_NOT_COMING: Final = (IssueState.SENT, IssueState.CANCELLED)


@dataclass(frozen=True)
class Outlook:
    """A lane, its next day and slot, and the Issue for it; None where there is none."""

    lane: Lane
    day: date | None
    slot: datetime | None
    issue: Issue | None


@dataclass(frozen=True)
class ComingDay:
    """A day, the Issues of it, and when the publication sends; None where it does not that day."""

    day: date
    issues: tuple[Issue, ...]
    slot: datetime | None

    @property
    def is_empty(self) -> bool:
        """Return whether the publication sends that day and there is nothing to send."""
        return self.slot is not None and not self.issues


@dataclass(frozen=True)
class Counts:
    """Say how much an Issue holds."""

    n_stories: int
    n_unplaced: int


def list_issues(
    session: Session,
    *,
    before: tuple[date, int] | None,
    limit: int,
    state: IssueState | None = None,
    day: date | None = None,
    words: str = "",
) -> Sequence[Issue]:
    """Return at most `limit` Issues, newest day first, that come after the (day, id) `before`.

    `words` are looked for in what stories say, and in subjects as they are typed.
    """
    query = select(Issue).order_by(Issue.issued_on.desc(), Issue.id.desc()).limit(limit)
    if before is not None:
        query = query.where(tuple_(Issue.issued_on, Issue.id) < before)
    if state is not None:
        query = query.where(Issue.state == state)
    if day is not None:
        query = query.where(Issue.issued_on == day)
    if words.strip():
        asked = func.websearch_to_tsquery(SEARCH, words)
        told = select(Story.issue_id).where(Story.words.bool_op("@@")(asked))
        said = Issue.subject.icontains(words.strip(), autoescape=True)
        query = query.where(or_(Issue.id.in_(told), said))
    return session.scalars(query).all()


def counts_of(session: Session, issue_ids: Sequence[int]) -> dict[int, Counts]:
    """Return how many stories and unplaced lines each Issue has, by its number."""
    stories = _counted(session, Story.issue_id, issue_ids)
    unplaced = _counted(session, UnplacedLine.issue_id, issue_ids)
    return {one: Counts(stories.get(one, 0), unplaced.get(one, 0)) for one in issue_ids}


def _counted(
    session: Session, column: InstrumentedAttribute[int], issue_ids: Sequence[int]
) -> dict[int, int]:
    query = select(column, func.count()).where(column.in_(issue_ids)).group_by(column)
    return {row[0]: row[1] for row in session.execute(query)}


def coming_days(session: Session, now: datetime, n_days: int = 14) -> list[ComingDay]:
    """Return the next days where we publish, today first: what there is for each, and its slot."""
    lane = publication_lane(get_publication(session))
    today = local_day(lane.time_zone, now)
    days = [today + timedelta(days=ahead) for ahead in range(n_days)]
    query = (
        select(Issue)
        .where(
            Issue.issued_on.between(days[0], days[-1]),
            Issue.state != IssueState.CANCELLED,
            Issue.corrects_id.is_(None),
        )
        .order_by(Issue.issued_on, Issue.id)
    )
    issues = session.scalars(query).all()
    return [
        ComingDay(
            day,
            tuple(one for one in issues if one.issued_on == day),
            slot(lane, day) if is_send_day(lane, day) else None,
        )
        for day in days
    ]


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
