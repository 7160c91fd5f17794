"""Today: what goes out next, what is going out, how the last issue went, what needs a person.

`look` and `needs` are cheap however many readers there are. `readers_of` and `findings_of` may look
through all readers, which takes about a second for a million.
"""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from app.delivery.account import AccountPause, account_pause
from app.delivery.alone import list_setbacks
from app.delivery.doubt import DOUBTS_OF, count_doubts
from app.enums import IssueState
from app.issues.checks.check import check
from app.issues.checks.finding import Finding
from app.issues.checks.gather import CheckSettings
from app.issues.checks.linked import LINK_CODES
from app.issues.cuts import cuts_of
from app.issues.listing import ComingDay, coming_days, counts_of
from app.models import Issue, Setback, Story
from app.publication.categories import all_categories
from app.publication.lanes import Lane, category_lane, local_day, publication_lane, slot
from app.publication.publication import get_publication

_WAITING: Final = (IssueState.DRAFT, IssueState.APPROVED, IssueState.SCHEDULED)
_GOING_OUT: Final = (IssueState.SENDING, IssueState.PAUSED)
_MOST: Final = 50
"""So many issues of coming days are looked at."""


@dataclass(frozen=True)
class Next:
    """What goes out next: its day, when, and the Issue; None where there is none for that day."""

    day: date
    at: datetime
    issue: Issue | None
    n_stories: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Today:
    """What there is to see at a glance; `going_out` may be paused, `last` is the last sent one.

    It `is_empty` while there has never been an Issue.
    """

    next: Next | None
    going_out: Sequence[Issue]
    last: Issue | None
    is_yesterdays: bool
    days: Sequence[ComingDay]
    is_empty: bool


@dataclass(frozen=True)
class Needs:
    """What needs a person: Issues with how many readers in doubt or lines unplaced, and the rest.

    `stale` are approved and too late; `reopened` are drafts again, because something changed.
    """

    doubts: Sequence[tuple[Issue, int]]
    unplaced: Sequence[tuple[Issue, int]]
    stale: Sequence[Issue]
    reopened: Sequence[Issue]
    pause: AccountPause | None
    setbacks: Sequence[Setback]

    @property
    def is_nothing(self) -> bool:
        """Return whether nobody has to do anything."""
        pause = self.pause is not None and not self.pause.is_quota
        rows = (self.doubts, self.unplaced, self.stale, self.reopened, self.setbacks)
        return not pause and not any(rows)


@dataclass(frozen=True)
class Found:
    """What keeps an Issue from being approved, and which of its links may fail."""

    blocking: Sequence[Finding]
    links: Sequence[Finding]


def look(session: Session, now: datetime) -> Today:
    """Return what there is to see; only read."""
    days = coming_days(session, now)
    last = last_sent(session)
    zone = get_publication(session).time_zone
    yesterday = local_day(zone, now) - timedelta(days=1)
    return Today(
        next=_next(session, days, now),
        going_out=going_out(session),
        last=last,
        is_yesterdays=last is not None and last.issued_on == yesterday,
        days=days,
        is_empty=not session.scalar(select(exists().select_from(Issue))),
    )


def next_of(session: Session, now: datetime) -> Next | None:
    """Return what goes out next; None while the publication sends on no day."""
    return _next(session, coming_days(session, now), now)


def going_out(session: Session) -> Sequence[Issue]:
    """Return the Issues that are being sent or paused."""
    query = select(Issue).where(Issue.state.in_(_GOING_OUT)).order_by(Issue.id)
    return session.scalars(query).all()


def last_sent(session: Session) -> Issue | None:
    """Return the last Issue that was sent; mails about a correction are none."""
    return session.scalar(
        select(Issue)
        .where(Issue.state == IssueState.SENT, Issue.corrects_id.is_(None))
        .order_by(Issue.sent_at.desc(), Issue.id.desc())
        .limit(1)
    )


def needs(session: Session, now: datetime) -> Needs:
    """Return what needs a person; only read."""
    waiting = _waiting(session, now)
    counts = counts_of(session, [issue.id for issue in waiting])
    drafts = [issue for issue in waiting if issue.state is IssueState.DRAFT]
    doubts = count_doubts(session, now - DOUBTS_OF)
    return Needs(
        doubts=doubts,
        unplaced=[(one, n) for one in drafts if (n := counts[one.id].n_unplaced)],
        stale=_stale(session),
        reopened=[issue for issue in drafts if issue.reopened_because],
        pause=account_pause(session, now),
        setbacks=list_setbacks(session),
    )


def readers_of(session: Session, issue: Issue, now: datetime) -> tuple[int, int]:
    """Return how many readers an Issue has, and in how many cuts; as `cuts_of`."""
    cuts = cuts_of(session, issue, now)
    return sum(cut.n_readers for cut in cuts), len(cuts)


def findings_of(
    session: Session, issue: Issue, check_settings: CheckSettings, now: datetime
) -> Found:
    """Return what blocks an Issue, and its links that may fail and that nobody waived."""
    checked = check(session, issue.id, check_settings, now)
    of_links = [one for one in checked.open_warnings if one.code in LINK_CODES]
    return Found(checked.blocking if issue.state is IssueState.DRAFT else (), of_links)


def _next(session: Session, days: Sequence[ComingDay], now: datetime) -> Next | None:
    """Return the first Issue or empty day ahead; one whose time has passed comes first of all."""
    publication = get_publication(session)
    own = {one.id: category_lane(publication, one) for one in all_categories(session)}
    combined = publication_lane(publication)

    def lane(issue: Issue) -> Lane:
        return combined if issue.category_id is None else own[issue.category_id]

    taken = {
        (issue.issued_on, issue.category_id)
        for one in days
        for issue in one.issues
        if issue.state is not IssueState.DRAFT
    }
    found = [
        Next(issue.issued_on, issue.send_at or slot(lane(issue), issue.issued_on), issue)
        for issue in _waiting(session, now)
        if issue.stale_at is None and _is_coming(issue, taken)
    ]
    found += [
        Next(one.day, one.slot, None)
        for one in days
        if one.is_empty and one.slot is not None and one.slot > now
    ][:1]
    first = min(found, key=lambda one: one.at, default=None)
    if first is None or first.issue is None:
        return first
    return Next(first.day, first.at, first.issue, _n_stories(session, first.issue))


def _is_coming(issue: Issue, taken: Container[tuple[date, int | None]]) -> bool:
    """Return whether an Issue has a time.

    A draft has none beside another one of its day and lane; for a mail about a correction a person
    says when.
    """
    if issue.state is IssueState.DRAFT and (issue.issued_on, issue.category_id) in taken:
        return False
    return issue.corrects_id is None or issue.send_at is not None


def _waiting(session: Session, now: datetime) -> Sequence[Issue]:
    """Return the Issues of today and later that are not launched, and all that have a time."""
    today = local_day(get_publication(session).time_zone, now)
    is_ahead = (Issue.issued_on >= today) | (Issue.state == IssueState.SCHEDULED)
    return session.scalars(
        select(Issue)
        .where(Issue.state.in_(_WAITING), is_ahead)
        .order_by(Issue.issued_on, Issue.id)
        .limit(_MOST)
    ).all()


def _stale(session: Session) -> Sequence[Issue]:
    return session.scalars(
        select(Issue)
        .where(Issue.state == IssueState.APPROVED, Issue.stale_at.is_not(None))
        .order_by(Issue.id)
        .limit(_MOST)
    ).all()


def _n_stories(session: Session, issue: Issue) -> tuple[tuple[str, int], ...]:
    """Return how many stories each category has, in the order of the categories."""
    counted = select(Story.category_id, func.count()).where(Story.issue_id == issue.id)
    by_id = {row[0]: row[1] for row in session.execute(counted.group_by(Story.category_id))}
    named = [(one.name, by_id[one.id]) for one in all_categories(session) if one.id in by_id]
    return tuple(named) + ((("", by_id[None]),) if None in by_id else ())
