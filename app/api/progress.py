"""How far a send is, in counts that add up: asked for, or told once a second while it runs.

A watcher holds a thread and a database connection only while it counts, and of all watchers only
a few count at a time: requests never wait for them.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Final

import anyio
import structlog
from anyio import CapacityLimiter
from fastapi import Depends, Request
from fastapi.sse import EventSourceResponse
from pydantic import AwareDatetime, BaseModel, Field
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.api.deps import ContainerDep, NowDep, SessionDep, needs
from app.api.errors import ApiRouter
from app.api.fields import Id, ShownDepth, examples, fill
from app.container import Container
from app.db.session import transaction
from app.delivery.progress import (
    EditionProgress,
    edition_progress,
    progress_of,
    rate_of,
    seconds_left,
)
from app.delivery.receptions import WhyNot
from app.delivery.standstill import Standstill, standstill_of
from app.enums import DeliveryState, EditionState, IssueState, Scope
from app.errors import AppError
from app.issues.lifecycle import get_issue
from app.models import Category, Issue
from app.publication.categories import all_categories, slugs_in

STANDSTILL_EXAMPLE: Final[dict[str, Any]] = {
    "why": "account_paused",
    "detail": "The account is paused: the domain is being moved.",
    "until": None,
    "mend": "Look at why, then let it go on: devoured account resume, or POST /v1/account/resume.",
}


class StandstillOut(BaseModel):
    """Why nobody gets more of an issue just now, and what can be done."""

    model_config = examples(STANDSTILL_EXAMPLE)

    why: WhyNot = Field(description="`issue_paused`, `account_paused` or `unreached`.")
    detail: str
    until: AwareDatetime | None = Field(description="null: until somebody lets it go on.")
    mend: str


def standstill_out(found: Standstill | None) -> StandstillOut | None:
    """Return the answer that shows it; None for an issue that does not stand still."""
    if found is None:
        return None
    return fill(StandstillOut, found.reason, detail=found.reason.words, mend=found.mend)


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
    return fill(
        CountsOut,
        progress,
        issue_id=issue.id,
        state=issue.state,
        paused_because=issue.paused_because,
        standstill=standstill_out(stopped),
        rate=round(rate, 2),
        seconds_left=None if left is None else round(left, 1),
    )


def _out(one: EditionProgress, categories: Sequence[Category]) -> EditionOut:
    slugs = slugs_in(categories, one.edition.follows)
    counts = {"n_readers": one.edition.n_readers, "settled": one.settled}
    return fill(EditionOut, one.edition, categories=slugs, **counts)


_ENDED: Final = frozenset({IssueState.SENT, IssueState.CANCELLED})
_AT_ONCE: Final = 2
_RESTS: Final = 9
"""How many times as long as it counts a watcher rests: a million readers take a tenth of a second,
and whoever watches them must not slow down what they watch."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Watch:
    """How a send is watched: how often, how many times at most, and by how many at once.

    After `n_ticks` the watcher has to ask anew, so that a key that was revoked is good for an
    hour at most. `room` keeps the watchers' connections within what the engine has beyond those
    of requests. `is_stopping` is asked before every tick: a server that stops waits for nobody.
    """

    every_seconds: float = 1.0
    n_ticks: int = 3600
    is_stopping: Callable[[], bool] = bool
    room: CapacityLimiter = field(default_factory=partial(CapacityLimiter, _AT_ONCE))


def get_watch(request: Request) -> Watch:
    """Return the process's Watch, which `create_app` put on the application."""
    watch: Watch = request.app.state.watch
    return watch


def known_issue(session: SessionDep, issue_id: Id) -> int:
    """Return the number of an issue that exists; raise NotFound before the response begins."""
    return get_issue(session, issue_id).id


@router.get(
    "/progress/events", dependencies=[needs(Scope.READ)], response_class=EventSourceResponse
)
async def watch_progress(
    container: ContainerDep,
    watch: Annotated[Watch, Depends(get_watch)],
    issue_id: Annotated[int, Depends(known_issue)],
) -> AsyncIterator[CountsOut]:
    """Watch how far an issue is.

    Server-sent events, about one a second, each with the counts as JSON, until the issue is sent or
    cancelled; after an hour the stream ends and may be asked for again. Should counting take long,
    a comment every 15 seconds keeps the connection open.
    """
    look = partial(_counts, container, issue_id)
    for _ in range(watch.n_ticks):
        began_at = anyio.current_time()
        try:
            counts = await anyio.to_thread.run_sync(look, limiter=watch.room)
        except (SQLAlchemyError, AppError) as error:
            # The answer has begun, so it can only end; whoever watches comes back.
            _log.warning("watch_ended", issue_id=issue_id, error=type(error).__name__)
            return
        took = anyio.current_time() - began_at
        yield counts
        if counts.state in _ENDED:
            return
        await anyio.sleep(max(watch.every_seconds, took * _RESTS))
        if watch.is_stopping():
            return


def _counts(container: Container, issue_id: int) -> CountsOut:
    """Return the counts of this moment, in a transaction of their own."""
    with transaction(container.api_sessions) as session:
        return counts_out(session, get_issue(session, issue_id), container.clock())
