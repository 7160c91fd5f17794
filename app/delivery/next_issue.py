"""Next issue: when one comes out, and when it reaches a reader, for pages and letters alike.

An Issue that has its time is believed before the schedule; a day whose Issue went out already, is
paused or was cancelled has none to come; and a time of the schedule that has passed is over.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.delivery.one_reader import OneReader
from app.delivery.reader_issue import reader_issues
from app.delivery.receptions import WhyNot
from app.delivery.warm_up import has_ceiling
from app.delivery.waves import arrivals
from app.enums import IssueState
from app.models import Category, Issue, Subscriber
from app.publication.categories import open_categories
from app.publication.issue_masks import issue_masks
from app.publication.lanes import category_lane, slots_around
from app.publication.publication import get_publication

_AWAITS_ITS_SLOT: Final = (IssueState.DRAFT, IssueState.APPROVED)
_A_DAY: Final = timedelta(days=1)


def next_issue(session: Session, now: datetime) -> datetime | None:
    """Return when the next issue of an open category comes out, on the publication's clocks.

    None where no day is set and no issue has a time; reads only.
    """
    categories = open_categories(session)
    issues = _with_a_time(session)
    masks = issue_masks(session, [issue.id for issue in issues])
    public = sum(one.mask for one in categories)
    times = [issue.send_at for issue in issues if issue.send_at and masks[issue.id] & public]
    zone = get_publication(session).time_zone
    return _first([*times, *_slots(session, categories, now)], now, zone)


def next_issue_for(session: Session, reader: Subscriber, now: datetime) -> datetime | None:
    """Return when the next issue reaches a reader who may be written to, on their own clocks.

    None where nothing that they follow has a day or a time; reads only. In a warm-up only what
    they are a reader of already is certain: of any other Issue they may be left out.
    """
    categories = [one for one in open_categories(session) if one.mask & reader.follows]
    is_uncertain = has_ceiling(session, now)
    known = reader_issues(OneReader(session, reader, now), _with_a_time(session))
    times = [
        one.due_at
        for one in known
        if one.due_at
        and (one.row is not None or not is_uncertain)
        and (one.reason is None or one.reason.why is not WhyNot.ACCOUNT_PAUSED)
    ]
    slots = [] if is_uncertain else _slots(session, categories, now)
    zone = reader.time_zone or get_publication(session).time_zone
    return _first([*times, *arrivals(session, reader.id, slots)], now, zone)


def _with_a_time(session: Session) -> list[Issue]:
    """Return the Issues that go out or are about to, in full."""
    states = (IssueState.SCHEDULED, IssueState.SENDING)
    query = select(Issue).where(Issue.state.in_(states), Issue.corrects_id.is_(None))
    return list(session.scalars(query))


def _slots(session: Session, categories: Iterable[Category], now: datetime) -> list[datetime]:
    """Return the times ahead at which something of these categories comes by the schedule."""
    publication = get_publication(session)
    spent = _spent(session, now)
    found = set()
    for category in categories:
        has_own_hours = category.send_time is not None or category.weekdays is not None
        homes = (category.id,) if has_own_hours else (category.id, None)
        for day, at in slots_around(category_lane(publication, category), now):
            if at > now and not any((day, home) in spent for home in homes):
                found.add(at)
    return sorted(found)


def _spent(session: Session, now: datetime) -> set[tuple[date, int | None]]:
    """Return the days around now, and their category or None for all, whose slot is not to come.

    That is where an Issue has another time, or had its time, and none waits for the slot.
    """
    awaits = func.bool_or(Issue.state.in_(_AWAITS_ITS_SLOT))
    query = (
        select(Issue.issued_on, Issue.category_id)
        .where(Issue.issued_on >= (now - 2 * _A_DAY).date(), Issue.corrects_id.is_(None))
        .group_by(Issue.issued_on, Issue.category_id)
        .having(~awaits)
    )
    return {(day, category_id) for day, category_id in session.execute(query)}


def _first(times: Iterable[datetime], now: datetime, zone: str) -> datetime | None:
    first = min((at for at in times if at > now), default=None)
    return None if first is None else first.astimezone(ZoneInfo(zone))
