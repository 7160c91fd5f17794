"""The work of beat: schedule the day's issues, launch what is due, log days without one.

Each step may run any number of times and in several places at once.
"""

from datetime import date, datetime

import structlog
from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.delivery.alone import each_alone, each_part
from app.delivery.corrected import correction_of_mail, is_settling
from app.delivery.launch import launch
from app.delivery.pausing import issue_set_aside
from app.enums import DayOutcome, IssueState
from app.issues.approval import reopen_if_changed
from app.issues.checks.gather import CheckSettings
from app.issues.lifecycle import lane_of, lock_issue
from app.issues.scheduling import mark_stale, schedule_by_day
from app.models import Issue, ScheduleDay
from app.publication.categories import open_categories
from app.publication.lanes import (
    Lane,
    is_send_day,
    lanes,
    local_day,
    publication_lane,
    slot,
)
from app.publication.publication import get_publication

_log = structlog.get_logger(__name__)


def schedule_the_day(session: Session, now: datetime) -> list[int]:
    """Schedule the approved Issues whose day has come or is past; return those that got a time.

    An issue dated on a day that its lane does not send on waits for a person to schedule it. An
    issue that is too late already is marked stale and reported, not sent.
    """
    publication = get_publication(session)
    due = session.scalars(
        select(Issue)
        .where(
            Issue.state == IssueState.APPROVED,
            Issue.issued_on <= local_day(publication.time_zone, now),
            Issue.stale_at.is_(None),
            Issue.corrects_id.is_(None),  # a person says when readers are told of a correction
        )
        .order_by(Issue.id)
        .with_for_update(skip_locked=True)
    ).all()

    def schedule(issue: Issue) -> int | None:
        lane = lane_of(session, issue)
        if not is_send_day(lane, issue.issued_on):
            return None
        schedule_by_day(session, issue, now)
        return issue.id

    def set_aside(issue: Issue, reason: str) -> None:
        issue_set_aside(session, "its schedule", now)(issue.id, reason)

    scheduled = each_alone(session, "schedule_the_day", due, schedule, set_aside)
    return [issue_id for issue_id in scheduled if issue_id is not None]


def due_issues(session: Session, now: datetime) -> list[int]:
    """Return the scheduled Issues whose time has come, oldest first."""
    return list(
        session.scalars(
            select(Issue.id)
            .where(Issue.state == IssueState.SCHEDULED, Issue.send_at <= now)
            .order_by(Issue.send_at, Issue.id)
        )
    )


def launch_alone(
    session: Session, issue_id: int, check_settings: CheckSettings, now: datetime
) -> bool:
    """Return whether this launched the Issue; one that cannot be launched is paused and says why.

    One that is not what was approved is a draft again. One transaction for each: a launch is long.
    """

    def launch_approved(one: int) -> bool:
        is_changed = reopen_if_changed(session, one, check_settings, now)
        return not is_changed and launch_if_due(
            session, one, now, check_settings.approval.drift_percent
        )

    set_aside = issue_set_aside(session, "its launch", now)
    return any(each_alone(session, "launch", [issue_id], launch_approved, set_aside))


def launch_if_due(session: Session, issue_id: int, now: datetime, drift_percent: int = 0) -> bool:
    """Launch the Issue if it is due; return whether this launched it.

    An Issue that is too late goes back to approved, as stale; one whose audience is further than
    `drift_percent` from what was approved is paused.
    """
    issue = lock_issue(session, issue_id)
    if issue.state != IssueState.SCHEDULED or issue.send_at is None or issue.send_at > now:
        return False
    if issue.send_not_after is not None and now > issue.send_not_after:
        mark_stale(session, issue, now)
        if issue.corrects_id is None:
            _note(session, issue.issued_on, issue.category_id, DayOutcome.STALE, now, issue.id)
        return False
    correction = correction_of_mail(session, issue)
    if correction is not None:
        if is_settling(session, correction):
            return False  # the next tick looks again
        return launch(session, issue, now)
    if not launch(session, issue, now, drift_percent):
        return False
    _note(session, issue.issued_on, issue.category_id, DayOutcome.LAUNCHED, now, issue.id)
    return True


def note_empty_days(session: Session, now: datetime) -> list[Lane]:
    """Note the lanes whose slot of today has passed without an Issue; return each only once.

    A category's lane is only expected to send on days on which some other category has an issue of
    its own; otherwise the day belongs to the combined issue.
    """
    publication = get_publication(session)
    day = local_day(publication.time_zone, now)
    categories = open_categories(session)
    is_split = _has_issue(session, day, split=True)
    expected = lanes(publication, categories)[1:] if is_split else [publication_lane(publication)]
    by_name = {f"{lane.category_id or 'publication'}": lane for lane in expected}

    def is_news(name: str) -> Lane | None:
        lane = by_name[name]
        passed = is_send_day(lane, day) and slot(lane, day) <= now
        if not passed or _lane_has_issue(session, lane, day):
            return None
        if not _note(session, day, lane.category_id, DayOutcome.SKIPPED, now):
            return None
        _log.warning("day_skipped", day=str(day), lane=lane.name)
        return lane

    noted = each_part(session, "note_empty_days", by_name, is_news, now)
    return [lane for lane in noted if lane is not None]


def _note(
    session: Session,
    day: date,
    category_id: int | None,
    outcome: DayOutcome,
    now: datetime,
    issue_id: int | None = None,
) -> bool:
    """Note the outcome of a day and lane; return whether it is new.

    A day and lane has one outcome, and a launch overrides the others.
    """
    statement = insert(ScheduleDay).values(
        day=day, category_id=category_id, outcome=outcome, issue_id=issue_id, noted_at=now
    )
    noted = session.scalar(
        statement.on_conflict_do_update(
            index_elements=["day", "category_id"],
            set_={name: statement.excluded[name] for name in ("outcome", "issue_id", "noted_at")},
            where=(ScheduleDay.outcome != DayOutcome.LAUNCHED)
            & (ScheduleDay.outcome != statement.excluded["outcome"]),
        ).returning(ScheduleDay.id)
    )
    return noted is not None


def _has_issue(session: Session, day: date, *, split: bool) -> bool:
    lane = Issue.category_id.is_not(None) if split else Issue.category_id.is_(None)
    query = select(
        exists().where(
            Issue.issued_on == day,
            lane,
            Issue.state.not_in(_NOT_ON_ITS_WAY),
            Issue.corrects_id.is_(None),
        )
    )
    return bool(session.scalar(query))


def _lane_has_issue(session: Session, lane: Lane, day: date) -> bool:
    query = select(
        exists().where(
            Issue.issued_on == day,
            Issue.category_id.is_not_distinct_from(lane.category_id),
            Issue.state.not_in(_NOT_ON_ITS_WAY),
            Issue.corrects_id.is_(None),
        )
    )
    return bool(session.scalar(query))


_NOT_ON_ITS_WAY = (IssueState.DRAFT, IssueState.CANCELLED)
