"""Plan: what launching an Issue would do, and the hash by which that is approved; only read."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.delivery.account import AccountPause, account_pause
from app.delivery.audience import (
    Readers,
    count_audience,
    count_left_out,
    count_wanted,
    list_left_out,
)
from app.delivery.compose import NO_EDITION, WholeIssue, browser_url, whole_issue
from app.delivery.frozen import changed_parts, parts_of_whole
from app.delivery.pace import Allowance
from app.delivery.receptions import WhyNot
from app.delivery.room import Room, room_for_issue
from app.enums import Depth, IssueState
from app.errors import WrongState
from app.issues.checks.gather import CheckSettings
from app.issues.cuts import Cut, Measured, cuts_of, measure
from app.issues.lifecycle import get_issue, possible_steps
from app.issues.plan_counts import counted_by, end_of, hours_of
from app.issues.plan_hash import plan_hash
from app.issues.scheduling import expected_start, goes_by_itself
from app.models import Category, Issue, Subscriber
from app.sentences import Sentence

_HAS_TIME: Final = (IssueState.SCHEDULED, IssueState.PAUSED)


@dataclass(frozen=True)
class Compared:
    """Readers of one kind, and how many of that kind the previous Issue had.

    `n_before` is None where there is no previous Issue, or nothing of this kind was in it.
    """

    n_readers: int
    n_before: int | None


@dataclass(frozen=True)
class OfCategory(Compared):
    """Readers of a category of the Issue, by depth too; who reads several is counted in each."""

    category: Category
    n_stories: int
    depths: Mapping[Depth, Compared]


@dataclass(frozen=True)
class Plan:
    """What would happen if the Issue were launched at `starts_at`, as all is now.

    `depths` and `hours` count readers by their choice; an hour is on their own clocks, None for
    who chose none. `waves` are the instants at which readers are due. `room` is what the warm-up of
    the domain leaves for it. `largest` is the largest
    mail of each depth. `n_over_quota` are more than the account may write to in its day.
    `ends_at` is None while the pace is unknown, or the day's quota is too small. `changed` names
    what is not as it was approved (`delivery.frozen`); nothing of a draft. Where it
    `waits_for_time` an approval alone does not make it start.
    """

    issue: Issue
    hash: str
    previous: Issue | None
    all: Compared
    categories: Sequence[OfCategory]
    depths: Mapping[Depth, Compared]
    hours: Mapping[int | None, int]
    waves: Mapping[datetime, int]
    left_out: Mapping[WhyNot, int]
    room: Room | None
    n_editions: int
    largest: Sequence[Measured]
    allowance: Allowance
    account_pause: AccountPause | None
    starts_at: datetime
    ends_at: datetime | None
    changed: Sequence[str]
    waits_for_time: bool

    @property
    def read_depths(self) -> Sequence[Depth]:
        """Return the depths that somebody reads, now or in the previous Issue."""
        return [depth for depth, one in self.depths.items() if one.n_readers or one.n_before]

    @property
    def n_wanted(self) -> int:
        """Return how many would get it but for the warm-up of the domain."""
        return self.all.n_readers + self.left_out.get(WhyNot.WARM_UP, 0)

    @property
    def n_over_quota(self) -> int:
        """Return how many readers wait until the account's day has room again."""
        n_left = self.allowance.n_left
        return 0 if n_left is None else max(0, self.all.n_readers - n_left)


def make_plan(
    session: Session,
    issue_id: int,
    check_settings: CheckSettings,
    allowance: Allowance,
    now: datetime,
    send_at: datetime | None = None,
) -> Plan:
    """Return the plan of an Issue that was not launched; reads all readers twice, writes nothing.

    `send_at` is when it would start; by default when it is scheduled, or its lane sends on its day.

    Raises:
        NotFound: there is no such Issue.
        WrongState: it was launched, or cancelled.
        RenderError: a category's colour or template is not usable.
    """
    issue = _to_plan(session, issue_id)
    chosen = _chosen(issue, send_at)
    starts_at = max(now, chosen or expected_start(session, issue, now))
    whole = _whole(session, issue, check_settings)
    room = room_for_issue(session, issue, starts_at, now)
    readers = count_audience(session, issue, starts_at, room)
    cuts = _cuts(readers)
    previous = _previous(session, issue)
    before = cuts_of(session, previous, now) if previous else None
    heaviest = _heaviest(whole, cuts)
    parts = parts_of_whole(whole, issue.revision, check_settings.templates)
    waves = dict(sorted(counted_by(readers, lambda one: one.due_at or starts_at).items()))
    return Plan(
        issue=issue,
        hash=plan_hash(session, issue, parts),
        previous=previous,
        all=Compared(_n_of(cuts, _any), None if before is None else _n_of(before, _any)),
        categories=_categories(whole, cuts, before),
        depths={depth: _of_depth(depth, cuts, before) for depth in Depth},
        hours=hours_of(readers),
        waves=waves,
        left_out=_left_out(session, issue, starts_at, readers, room),
        room=room,
        n_editions=len(cuts),
        largest=measure(
            session, issue, heaviest, check_settings.templates, check_settings.base_url
        ),
        allowance=allowance,
        account_pause=account_pause(session, now),
        starts_at=starts_at,
        ends_at=end_of(issue, waves, allowance, starts_at),
        changed=changed_parts(issue, parts),
        waits_for_time=chosen is None and not goes_by_itself(session, issue, now),
    )


def left_out_of_plan(
    session: Session,
    issue_id: int,
    why: WhyNot | None,
    now: datetime,
    send_at: datetime | None = None,
    *,
    after: int,
    limit: int,
) -> Sequence[Subscriber]:
    """Return at most `limit` readers, with an id above `after`, whom a plan leaves out.

    `why` is the reason; None for any.

    Raises:
        NotFound: there is no such Issue.
        WrongState: it was launched, or cancelled.
    """
    issue = _to_plan(session, issue_id)
    starts_at = max(now, _chosen(issue, send_at) or expected_start(session, issue, now))
    room = room_for_issue(session, issue, starts_at, now)
    return list_left_out(session, issue, starts_at, why, after=after, limit=limit, room=room)


def _to_plan(session: Session, issue_id: int) -> Issue:
    """Return the Issue, or raise WrongState once nothing can be planned of it."""
    issue = get_issue(session, issue_id)
    if issue.launched_at is not None or issue.cancelled_at is not None:
        raise WrongState(
            Sentence(
                "Issue %(issue)s is %(state)s: there is nothing to plan any more.",
                issue=issue.id,
                state=issue.state,
            ),
            possible_steps(issue.state),
        )
    return issue


def _chosen(issue: Issue, send_at: datetime | None) -> datetime | None:
    """Return when somebody wants it to start; None where its lane says."""
    return send_at or (issue.send_at if issue.state in _HAS_TIME else None)


def _whole(session: Session, issue: Issue, check_settings: CheckSettings) -> WholeIssue:
    base_url = check_settings.base_url
    return whole_issue(session, issue, base_url, browser_url(base_url, NO_EDITION))


def _left_out(
    session: Session,
    issue: Issue,
    starts_at: datetime,
    readers: Iterable[Readers],
    room: Room | None,
) -> dict[WhyNot, int]:
    """Count by reason who would not get it; first who is beyond the ceiling of a warm-up."""
    left_out = count_left_out(session, issue, starts_at)
    if room is None:
        return left_out
    n_beyond = count_wanted(session, issue, starts_at) - sum(one.n for one in readers)
    return {WhyNot.WARM_UP: n_beyond, **left_out} if n_beyond > 0 else left_out


def _cuts(readers: Iterable[Readers]) -> list[Cut]:
    counts: Counter[tuple[int, Depth]] = Counter()
    for one in readers:
        counts[one.follows, one.depth] += one.n
    return [Cut(follows, depth, n) for (follows, depth), n in counts.items()]


def _previous(session: Session, issue: Issue) -> Issue | None:
    """Return the newest Issue of the same lane that was launched, of that day or before it."""
    return session.scalar(
        select(Issue)
        .where(
            Issue.launched_at.is_not(None),
            Issue.category_id.is_not_distinct_from(issue.category_id),
            Issue.corrects_id.is_(None),
            Issue.issued_on <= issue.issued_on,
        )
        .order_by(Issue.issued_on.desc(), Issue.id.desc())
        .limit(1)
    )


def _n_of(cuts: Iterable[Cut], is_meant: Callable[[Cut], bool]) -> int:
    return sum(cut.n_readers for cut in cuts if is_meant(cut))


def _any(_cut: Cut) -> bool:
    return True


def _following(cuts: Iterable[Cut], mask: int) -> list[Cut]:
    return [cut for cut in cuts if cut.follows & mask]


def _of_depth(depth: Depth, cuts: Sequence[Cut], before: Sequence[Cut] | None) -> Compared:
    def is_meant(cut: Cut) -> bool:
        return cut.depth is depth

    return Compared(_n_of(cuts, is_meant), None if before is None else _n_of(before, is_meant))


def _categories(
    whole: WholeIssue, cuts: Sequence[Cut], before: Sequence[Cut] | None
) -> list[OfCategory]:
    n_stories = Counter[str]()
    for section in whole.facts.sections:
        n_stories[section.slug] += len(section.stories)  # a lead story stands apart
    found = []
    for category in whole.categories:
        if category.slug in n_stories:
            now, then = (_following(some or (), category.mask) for some in (cuts, before))
            n, n_before = _n_of(now, _any), _n_of(then, _any) or None
            compared = then if n_before else None
            depths = {depth: _of_depth(depth, now, compared) for depth in Depth}
            found.append(OfCategory(n, n_before, category, n_stories[category.slug], depths))
    return found


def _heaviest(whole: WholeIssue, cuts: Sequence[Cut]) -> list[Cut]:
    """Return the cut of each depth that has most to say, largest depth first."""
    masks = {category.slug: category.mask for category in whole.categories}
    weights = [
        (masks[section.slug], len(repr(section.stories))) for section in whole.facts.sections
    ]

    def weight(cut: Cut) -> int:
        return sum(n for mask, n in weights if mask & cut.follows)

    of_depths = ([cut for cut in cuts if cut.depth is depth] for depth in reversed(Depth))
    return [max(some, key=weight) for some in of_depths if some]
