"""Results: how an Issue went, in the figures that its editors ask for first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import exists, func, select, tuple_
from sqlalchemy.orm import Session

from app.delivery.progress import Progress, progress_of
from app.enums import DeliveryState, LinkKind
from app.issues.clicks import clicks_of
from app.issues.stories import stories_of
from app.models import Delivery, DeliveryCount, Issue, ReaderClick, Story, Subscriber, TrackedLink
from app.readers.leave import count_left, left_between
from app.readers.opinions import Opinions, opinions_of

_LEFT_WITHIN: Final = timedelta(hours=24)
_HAVE_IT: Final = (DeliveryState.ACCEPTED, DeliveryState.DELIVERED, DeliveryState.COMPLAINED)


@dataclass(frozen=True)
class ComplaintLines:
    """What a provider of mailboxes wants the share of complaints to stay under, 0 to 1.

    Above `at_most` it rejects mail; `aim` is what it advises, None where it advises nothing else.
    """

    provider: str
    at_most: float
    aim: float | None = None


COMPLAINT_LINES: Final = (ComplaintLines("Gmail", 0.003, 0.001), ComplaintLines("Yahoo", 0.003))
"""Source: Google, "Email sender guidelines"; Yahoo, "Sender Best Practices".

Gmail counts the complaints of its own readers and tells them to no sender, so that the share that
we know of is of the others.
"""


@dataclass(frozen=True)
class MostRead:
    """The story whose links most people followed; `share` is of those who have the Issue, 0 to 1.

    Without tracking per reader `n` counts clicks, not people, and there is no share.
    """

    story: Story
    n: int
    share: float | None


@dataclass(frozen=True)
class Result:
    """How an Issue went: `n_left` left us within a day of its launch, whatever moved them.

    `opinions` are of those who answered whether it was good.
    """

    progress: Progress
    n_left: int
    most_read: MostRead | None
    opinions: Opinions

    @property
    def n_delivered(self) -> int:
        """Return how many have it, as far as anybody told us."""
        return self._of(DeliveryState.DELIVERED)

    @property
    def n_accepted(self) -> int:
        """Return how many mails the provider took of which nothing more is known."""
        return self._of(DeliveryState.ACCEPTED)

    @property
    def n_bounced(self) -> int:
        """Return how many came back."""
        return self._of(DeliveryState.BOUNCED)

    @property
    def n_complained(self) -> int:
        """Return how many called it spam."""
        return self._of(DeliveryState.COMPLAINED)

    @property
    def n_had(self) -> int:
        """Return how many have it, or had it and called it spam."""
        return sum(self._of(state) for state in _HAVE_IT)

    @property
    def complained(self) -> float | None:
        """Return which share of those who had it called it spam; None while nobody has it."""
        return self.n_complained / self.n_had if self.n_had else None

    @property
    def bounced(self) -> float | None:
        """Return which share of what was handed over came back; None while nothing was."""
        n_tried = self.n_had + self.n_bounced
        return self.n_bounced / n_tried if n_tried else None

    @property
    def left(self) -> float | None:
        """Return how many left, as a share of those who had it; None while nobody has it."""
        return min(1.0, self.n_left / self.n_had) if self.n_had else None

    def _of(self, state: DeliveryState) -> int:
        return self.progress.settled.get(state, 0)


@dataclass(frozen=True)
class StoryResult:
    """A story, and its tracked links: its title's (`story`), that to its own page (`reading`).

    `within` are those in its texts, which most people followed first.
    """

    story: Story
    links: Mapping[LinkKind, TrackedLink]
    within: Sequence[TrackedLink] = ()


@dataclass(frozen=True)
class Read:
    """What was followed, story by story in the order in which they stood; `others` are of none."""

    opens: TrackedLink | None
    stories: Sequence[StoryResult]
    others: Sequence[TrackedLink]
    n_clicks: int
    n_machine: int
    is_by_reader: bool


@dataclass(frozen=True)
class LeftAfter:
    """How many left within a day who had followed this story last; None for no story."""

    story: Story | None
    n: int


def read_of(session: Session, issue_id: int) -> Read:
    """Return what was followed of an Issue; only read."""
    clicks = clicks_of(session, issue_id)
    links = [one.link for one in clicks.links]
    of_story: dict[int, dict[LinkKind, TrackedLink]] = {}
    within: dict[int, list[TrackedLink]] = {}
    for link in links:
        if link.kind is LinkKind.WITHIN:
            within.setdefault(link.story_id, []).append(link)
        else:
            of_story.setdefault(link.story_id, {})[link.kind] = link
    return Read(
        opens=clicks.opens,
        stories=[
            StoryResult(story, of_story.get(story.id, {}), within.get(story.id, []))
            for story in stories_of(session, issue_id)
        ],
        others=[link for link in links if not link.story_id],
        n_clicks=sum(link.n_human for link in links),
        n_machine=sum(link.n_machine for link in links),
        is_by_reader=any(link.n_readers for link in links),
    )


def count_followers(session: Session, issue_id: int) -> int | None:
    """Return how many readers followed any link of an Issue.

    None where the publication does not keep readers apart, or their clicks are forgotten.
    """
    followed = select(func.count(ReaderClick.subscriber_id.distinct())).where(
        ReaderClick.issue_id == issue_id,
        ReaderClick.kind != LinkKind.PIXEL,
        ReaderClick.n_human > 0,
    )
    return session.scalar(followed) or None


def left_after(session: Session, issue: Issue, now: datetime) -> Sequence[LeftAfter] | None:
    """Return after which story of an Issue they left who had it; most first.

    None for one so old that only its counts were kept. Only read; all readers are looked through.
    """
    if session.scalar(select(exists().where(DeliveryCount.issue_id == issue.id))):
        return None
    last = (
        select(ReaderClick.story_id)
        .join(Story, Story.id == ReaderClick.story_id)
        .where(
            ReaderClick.issue_id == issue.id,
            ReaderClick.subscriber_id == Subscriber.id,
            ReaderClick.n_human > 0,
            ReaderClick.first_at <= Subscriber.left_at,
        )
        .order_by(ReaderClick.last_at.desc())
        .limit(1)
        .correlate(Subscriber)
        .scalar_subquery()
    )
    had_it = exists().where(
        Delivery.issue_id == issue.id,
        Delivery.subscriber_id == Subscriber.id,
        Delivery.state.in_(_HAVE_IT),
    )
    left = select(last.label("story_id")).where(left_between(*_a_day_of(issue, now)), had_it)
    each = left.subquery()
    n = func.count()
    query = (
        select(Story, n)
        .select_from(each)
        .outerjoin(Story, Story.id == each.c.story_id)
        .group_by(Story.id)
        .order_by(Story.id.is_(None), n.desc(), Story.position)
    )
    return [LeftAfter(row[0], row[1]) for row in session.execute(query)]


@dataclass(frozen=True)
class Sent:
    """An Issue that went out, and the few figures of it that cost next to nothing."""

    issue: Issue
    n_clicks: int


def list_sent(session: Session, *, before: tuple[date, int] | None, limit: int) -> Sequence[Sent]:
    """Return at most `limit` Issues that went out, newest first, after the (day, id) `before`."""
    clicks = (
        select(func.coalesce(func.sum(TrackedLink.n_human), 0))
        .where(TrackedLink.issue_id == Issue.id, TrackedLink.kind != LinkKind.PIXEL)
        .scalar_subquery()
    )
    query = select(Issue, clicks).where(Issue.launched_at.is_not(None))
    if before is not None:
        query = query.where(tuple_(Issue.issued_on, Issue.id) < before)
    newest = query.order_by(Issue.issued_on.desc(), Issue.id.desc()).limit(limit)
    return [Sent(row[0], int(row[1])) for row in session.execute(newest)]


def _a_day_of(issue: Issue, now: datetime) -> tuple[datetime, datetime]:
    """Return the time in which leaving counts as of this Issue."""
    began_at = issue.launched_at or now
    return began_at, min(now, began_at + _LEFT_WITHIN)


def result_of(session: Session, issue: Issue, now: datetime) -> Result:
    """Return how an Issue went; only read, but the ledger and the readers who left are counted."""
    progress = progress_of(session, issue)
    n_had = sum(n for state, n in progress.settled.items() if state in _HAVE_IT)
    n_left = count_left(session, *_a_day_of(issue, now))
    most_read, opinions = _most_read(session, issue, n_had), opinions_of(session, issue.id)
    return Result(progress, n_left, most_read, opinions)


def _most_read(session: Session, issue: Issue, n_had: int) -> MostRead | None:
    readers, clicks = func.max(TrackedLink.n_readers), func.sum(TrackedLink.n_human)
    row = session.execute(
        select(Story, readers, clicks)
        .join(TrackedLink, TrackedLink.story_id == Story.id)
        .where(TrackedLink.issue_id == issue.id)
        .group_by(Story.id)
        .having(clicks > 0)
        .order_by(func.greatest(readers, clicks).desc(), Story.position)
        .limit(1)
    ).first()
    if row is None:
        return None
    story, n_readers, n_clicks = row
    if not n_readers:
        return MostRead(story, int(n_clicks), None)
    return MostRead(story, int(n_readers), min(1.0, n_readers / n_had) if n_had else None)
