"""The issues on their way: which there are, what comes next, and how those that go out do."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.delivery.brakes import count_written
from app.delivery.deferrals import shares_put_off
from app.delivery.progress import Progress, progress_of, rate_of
from app.delivery.returns import count_returns
from app.enums import DayOutcome, DeliveryState, IssueState
from app.issues.launched_by import unlaunched_since
from app.issues.today import next_of
from app.metrics.families import (
    DAYS_MISSED,
    ISSUE_PAUSED,
    ISSUE_RATE,
    ISSUE_READERS,
    ISSUES,
    ISSUES_LATE,
    LAST_LAUNCH,
    LIMIT,
    NEXT_ISSUE,
    NEXT_READY,
    PUT_OFF,
    RETURNS,
    UNLAUNCHED,
    Sample,
    Samples,
    instant,
)
from app.models import Issue, ScheduleDay
from app.publication.publication import get_publication
from app.settings import Settings
from app.weekdays import read_time_and_days

_ON_THEIR_WAY: Final = (
    IssueState.APPROVED,
    IssueState.SCHEDULED,
    IssueState.SENDING,
    IssueState.PAUSED,
)
_GOING_OUT: Final = (IssueState.SENDING, IssueState.PAUSED)
_READY: Final = (IssueState.APPROVED, IssueState.SCHEDULED)
_MISSED: Final = (DayOutcome.SKIPPED, DayOutcome.STALE)
_TOLD_FOR: Final = timedelta(hours=24)
_MOST: Final = 50
"""So many issues are told of one by one, the newest; more are never on their way at once."""


def schedule(session: Session, now: datetime, settings: Settings) -> Samples:
    """Yield which issues are on their way, what goes out next, and which days had none."""
    counted = select(Issue.state, func.count(), func.count(Issue.stale_at))
    rows = session.execute(counted.where(Issue.state.in_(_ON_THEIR_WAY)).group_by(Issue.state))
    found = {row[0]: (row[1], row[2]) for row in rows}
    for state in _ON_THEIR_WAY:
        yield Sample(ISSUES, found.get(state, (0, 0))[0], (state,))
    yield Sample(ISSUES_LATE, found.get(IssueState.APPROVED, (0, 0))[1])
    yield from instant(LAST_LAUNCH, session.scalar(select(func.max(Issue.launched_at))))
    coming = next_of(session, now)
    if coming is not None:
        yield from instant(NEXT_ISSUE, coming.at)
        is_ready = coming.issue is not None and coming.issue.state in _READY
        yield Sample(NEXT_READY, is_ready)
    yield from _days_missed(session, now)
    if settings.watch_launched_by:
        at, weekdays = read_time_and_days(settings.watch_launched_by)
        yield from instant(UNLAUNCHED, unlaunched_since(session, at, weekdays, now))


def going_out(session: Session, now: datetime) -> Samples:
    """Yield what became of the readers of each issue that goes out or has lately, and how fast.

    Its cost does not grow with the readers, but for who bounced, complained or is in doubt.
    """
    publication = get_publication(session)
    yield Sample(LIMIT, publication.bounce_limit, ("bounce",))
    yield Sample(LIMIT, publication.complaint_limit, ("complaint",))
    for issue in _lately(session, now):
        name = str(issue.id)
        progress = progress_of(session, issue, tells_delivered_apart=False)
        for state, n in _readers(progress):
            yield Sample(ISSUE_READERS, n, (name, state))
        yield from _returned(session, issue, progress)
        if issue.state in _GOING_OUT:
            yield Sample(ISSUE_RATE, rate_of(session, issue, now), (name,))
            yield Sample(ISSUE_PAUSED, issue.state is IssueState.PAUSED, (name,))


def put_off(session: Session, now: datetime) -> Samples:
    """Yield which share of the same issues each large provider puts off for what is ours.

    Its cost grows with the mails that were put off for that, which may be most of an issue.
    """
    for issue in _lately(session, now):
        for provider, share in shares_put_off(session, issue.id).items():
            yield Sample(PUT_OFF, share, (str(issue.id), provider))


def _days_missed(session: Session, now: datetime) -> Samples:
    counted = select(ScheduleDay.outcome, func.count()).where(
        ScheduleDay.noted_at > now - _TOLD_FOR, ScheduleDay.outcome.in_(_MISSED)
    )
    rows = session.execute(counted.group_by(ScheduleDay.outcome))
    found = {row[0]: row[1] for row in rows}
    for outcome in _MISSED:
        yield Sample(DAYS_MISSED, found.get(outcome, 0), (outcome,))


def _lately(session: Session, now: datetime) -> Iterator[Issue]:
    """Yield the issues that go out, and those that ended within a day; the newest first."""
    since = now - _TOLD_FOR
    ended = or_(Issue.sent_at > since, Issue.cancelled_at > since)
    query = select(Issue).where(
        Issue.launched_at.is_not(None), or_(Issue.state.in_(_GOING_OUT), ended)
    )
    yield from session.scalars(query.order_by(Issue.id.desc()).limit(_MOST))


def _readers(progress: Progress) -> Iterator[tuple[str, int]]:
    """Yield how many readers of an issue are in each state, those of no reader too."""
    yield "queued", progress.queued
    yield "sending", progress.sending
    yield "cancelled", progress.cancelled
    for state in DeliveryState:
        if state not in (DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.DELIVERED):
            yield state, progress.settled.get(state, 0)


def _returned(session: Session, issue: Issue, progress: Progress) -> Samples:
    n_written = count_written(progress.settled)
    if n_written:
        n_bounced, n_complained, _ = count_returns(session, issue.id)
        yield Sample(RETURNS, n_bounced / n_written, (str(issue.id), "bounce"))
        yield Sample(RETURNS, n_complained / n_written, (str(issue.id), "complaint"))
