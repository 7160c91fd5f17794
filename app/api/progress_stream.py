"""`/v1/issues/{issue_id}/progress/events`: how far a send is, told once a second while it runs.

A watcher holds a thread and a database connection only while it counts, and of all watchers only
a few count at a time: requests never wait for them.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Final

import anyio
import structlog
from anyio import CapacityLimiter
from fastapi import Depends, Request
from fastapi.sse import EventSourceResponse
from sqlalchemy.exc import SQLAlchemyError

from app.api.deps import ContainerDep, SessionDep, needs
from app.api.errors import ApiRouter
from app.api.fields import Id
from app.api.progress import CountsOut, counts_out
from app.container import Container
from app.db.session import transaction
from app.enums import IssueState, Scope
from app.errors import AppError
from app.issues.lifecycle import get_issue

router = ApiRouter(prefix="/v1/issues/{issue_id}", tags=["progress"])

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
