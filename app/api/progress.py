"""`/v1/issues/{issue_id}/progress`: how far a send is, in counts that add up."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from app.api.deps import NowDep, SessionDep, needs
from app.api.errors import ApiRouter
from app.api.fields import Id, ShownDepth, examples
from app.api.standstill import StandstillOut, standstill_out
from app.delivery.progress import EditionProgress, edition_progress, progress_of
from app.delivery.rate import rate_of, seconds_left
from app.delivery.standstill import standstill_of
from app.enums import DeliveryState, EditionState, IssueState, Scope
from app.issues.lifecycle import get_issue
from app.models import Category, Issue
from app.publication.categories import all_categories

router = ApiRouter(prefix="/v1/issues/{issue_id}", tags=["progress"])

_EDITION: Final[dict[str, Any]] = {
    "id": 4,
    "categories": ["ai", "devops"],
    "depth": "brief",
    "revision": 3,
    "state": "rendered",
    "error": None,
    "n_readers": 120,
    "settled": {"accepted": 100},
}


COUNTS_EXAMPLE: Final[dict[str, Any]] = {
    "issue_id": 7,
    "state": "sending",
    "paused_because": None,
    "standstill": None,
    "n_due": 300,
    "n_nothing_to_read": 12,
    "n_editions": 9,
    "n_editions_rendered": 9,
    "queued": 100,
    "sending": 50,
    "cancelled": 0,
    "settled": {"accepted": 150},
    "rate": 12.5,
    "seconds_left": 12.0,
}


class EditionOut(BaseModel):
    """One rendering, and what became of its readers."""

    id: int = Field(description="Give it as `edition` to list its deliveries.")
    categories: list[str]
    depth: ShownDepth
    revision: int = Field(description="The issue's: a correction makes an edition of its own.")
    state: EditionState
    error: str | None = Field(description="What a template got wrong.")
    n_readers: int
    settled: dict[DeliveryState, int]


class CountsOut(BaseModel):
    """Where the readers of an issue are: n_due is queued, sending, cancelled and the settled."""

    model_config = examples(COUNTS_EXAMPLE)

    issue_id: int
    state: IssueState
    paused_because: str | None
    standstill: StandstillOut | None = Field(
        description="Why nobody gets more of it just now; null while it goes out, or need not yet."
    )
    n_due: int
    n_nothing_to_read: int = Field(description="Not among `n_due`: they follow nothing of it.")
    n_editions: int
    n_editions_rendered: int
    queued: int
    sending: int
    cancelled: int = Field(description="They get nothing, because the issue was cancelled.")
    settled: dict[DeliveryState, int] = Field(description="Readers by what became of them.")
    rate: float = Field(description="Readers per second over the last minute.")
    seconds_left: float | None = Field(description="At that rate; null while it is not sending.")


class ProgressOut(CountsOut):
    """The same with the editions."""

    model_config = examples({**COUNTS_EXAMPLE, "editions": [_EDITION]})

    editions: list[EditionOut] = Field(description="Most readers first.")


@router.get("/progress", dependencies=[needs(Scope.READ)])
def show_progress(session: SessionDep, issue_id: Id, now: NowDep) -> ProgressOut:
    """Show how far an issue is.

    Its readers by state, and its editions.
    """
    counts = counts_out(session, get_issue(session, issue_id), now)
    categories = all_categories(session)
    return ProgressOut(
        **dict(counts),
        editions=[_out(one, categories) for one in edition_progress(session, issue_id)],
    )


def counts_out(session: Session, issue: Issue, now: datetime) -> CountsOut:
    """Return the response that shows how far this issue is."""
    progress = progress_of(session, issue)
    rate = rate_of(session, issue, now)
    stopped = standstill_of(session, issue, now)
    left = None if stopped else seconds_left(progress, rate)
    return CountsOut(
        issue_id=issue.id,
        state=issue.state,
        paused_because=issue.paused_because,
        standstill=standstill_out(stopped),
        n_due=progress.n_due,
        n_nothing_to_read=progress.n_nothing_to_read,
        n_editions=progress.n_editions,
        n_editions_rendered=progress.n_editions_rendered,
        queued=progress.queued,
        sending=progress.sending,
        cancelled=progress.cancelled,
        settled=progress.settled,
        rate=round(rate, 2),
        seconds_left=None if left is None else round(left, 1),
    )


def _out(one: EditionProgress, categories: Sequence[Category]) -> EditionOut:
    return EditionOut(
        id=one.edition.id,
        categories=[each.slug for each in categories if each.mask & one.edition.follows],
        depth=one.edition.depth,
        revision=one.edition.revision,
        state=one.edition.state,
        error=one.edition.error,
        n_readers=one.edition.n_readers,
        settled=one.settled,
    )
