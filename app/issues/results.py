"""Results: how an Issue went, in the figures that its editors ask for first."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.delivery.progress import Progress, progress_of
from app.enums import DeliveryState, LinkKind
from app.models import Issue, Story, TrackedLink
from app.readers.leave import count_left

_LEFT_WITHIN: Final = timedelta(hours=24)
_HAVE_IT: Final = (DeliveryState.ACCEPTED, DeliveryState.DELIVERED, DeliveryState.COMPLAINED)


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
    """How an Issue went: `n_left` left us within a day of its launch, whatever moved them."""

    progress: Progress
    n_left: int
    most_read: MostRead | None

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

    def _of(self, state: DeliveryState) -> int:
        return self.progress.settled.get(state, 0)


def result_of(session: Session, issue: Issue, now: datetime) -> Result:
    """Return how an Issue went; only read, but the ledger and the readers who left are counted."""
    progress = progress_of(session, issue)
    began_at = issue.launched_at or now
    n_left = count_left(session, began_at, min(now, began_at + _LEFT_WITHIN))
    n_had = sum(n for state, n in progress.settled.items() if state in _HAVE_IT)
    return Result(progress, n_left, _most_read(session, issue, n_had))


def _most_read(session: Session, issue: Issue, n_had: int) -> MostRead | None:
    readers, clicks = func.max(TrackedLink.n_readers), func.sum(TrackedLink.n_human)
    row = session.execute(
        select(Story, readers, clicks)
        .join(TrackedLink, TrackedLink.story_id == Story.id)
        .where(
            TrackedLink.issue_id == issue.id,
            TrackedLink.kind.in_((LinkKind.STORY, LinkKind.READING)),
        )
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
