"""Concurrency limits: how many requests of a kind are worked on at once, and how long one waits.

A request goes through several threads and holds its database connection between them. Were more
let in than there are connections, those without one would wait in all the threads that those with
one need to go on. So each kind has its places, and there are connections and threads for all of
them together: who asks for one thing, however often, keeps nobody from another (docs/adr/0024).
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from math import inf
from typing import Any, Final

import anyio
import structlog
from anyio import CapacityLimiter
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.db.session import Pool
from app.errors import Unavailable

AnswerError = Callable[[Request, Exception], Response]


@dataclass(frozen=True)
class ConcurrencyLimit:
    """The places of one kind of request.

    Who finds none within `waits_seconds` is told to come back. Where there is `answers_seconds`,
    nobody waits longer for an answer; what was begun goes on, and keeps its place until it ends.
    """

    name: str
    n_places: int
    waits_seconds: float = 10.0
    answers_seconds: float | None = None


PUBLIC: Final = ConcurrencyLimit("public", 5)
"""What anybody may ask for: pages, sign-ups."""

API: Final = ConcurrencyLimit("api", 5)
"""What needs a key or a session: editors are not kept out by a crowd of readers."""

SEARCHES: Final = ConcurrencyLimit("search", 2, waits_seconds=4.0)
"""Searches: a dear one takes a hundred times what a page does."""

LEAVING: Final = ConcurrencyLimit("leaving", 4, waits_seconds=1.2, answers_seconds=1.6)
"""Leaving and confirming. Mailbox providers press the button of a mail by themselves and do not
wait long; done late it is done all the same, and done twice it does no harm."""

DOCUMENTS: Final = 3
"""Steps of open documents at once (`open_documents`)."""

_BESIDE: Final = API.n_places + 5 + DOCUMENTS
"""Connections beside those of the places: the API's second ones, to note that a key was used, two
transfers and two watchers (`transfers`, `progress`), one for `/health`, and those of
open documents."""

SERVING: Final = Pool(
    n_kept=sum(limit.n_places for limit in (PUBLIC, API, SEARCHES, LEAVING)) + _BESIDE,
    n_more=0,
    statement_seconds=5.0,
)
"""What a server has of the database: a connection for each place, so that none is waited for."""

_log = structlog.get_logger(__name__)
_late: Final[set[asyncio.Task[None]]] = set()


def limit_of(path: str) -> ConcurrencyLimit | None:
    """Return the limit of a request by its path; None for one that waits for nobody."""
    if path == "/health":
        return None
    if path.startswith(("/leave/", "/confirm/")):
        return LEAVING
    if path.startswith("/search"):
        return SEARCHES
    is_open = path.startswith(("/v1/signups", "/desk/sign-in", "/desk/static/"))
    return API if path.startswith(("/v1/", "/desk")) and not is_open else PUBLIC


def patient_limit_of(path: str) -> ConcurrencyLimit | None:
    """Return the limit as `limit_of` does, for a client that waits as long as it takes."""
    limit = limit_of(path)
    return None if limit is None else replace(limit, waits_seconds=inf, answers_seconds=None)


def with_limits(
    app: ASGIApp,
    answer_error: AnswerError,
    choose: Callable[[str], ConcurrencyLimit | None],
    streamed: frozenset[tuple[str, str]] = frozenset(),
) -> ASGIApp:
    """Let each request in once its limit has a place, or answer 503 where it has none in time.

    A place is free again once its answer begins, because its transaction has ended by then. The
    methods and paths in `streamed` take none.
    """
    limiters: dict[ConcurrencyLimit, CapacityLimiter] = {}

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        is_free = scope["type"] != "http" or (scope["method"], scope["path"]) in streamed
        limit = None if is_free else choose(scope["path"])
        if limit is None:
            await app(scope, receive, send)
            return
        limiter = limiters.setdefault(limit, CapacityLimiter(limit.n_places))

        async def work(tell: Send) -> None:
            place = await _place(limiter, limit)
            if place is None:
                await answer_error(Request(scope), _full())(scope, receive, tell)
                return
            try:
                await app(scope, receive, _leaving(place, tell))
            finally:
                place()

        if limit.answers_seconds is None:
            await work(send)
        elif not await _within(limit.answers_seconds, work, send):
            _log.warning("answered_before_done", kind=limit.name)
            await answer_error(Request(scope), _full())(scope, receive, send)

    return call


async def _place(limiter: CapacityLimiter, limit: ConcurrencyLimit) -> Callable[[], None] | None:
    """Give what leaves the place again, any number of times; None where none was free in time."""
    holder = object()
    with anyio.move_on_after(limit.waits_seconds):
        await limiter.acquire_on_behalf_of(holder)
        is_held = True

        def leave() -> None:
            nonlocal is_held
            if is_held:
                is_held = False
                limiter.release_on_behalf_of(holder)

        return leave
    _log.warning("limit_reached", kind=limit.name)
    return None


def _leaving(leave: Callable[[], None], send: Send) -> Send:
    """Send, the place left before the first byte."""

    async def send_outside(message: Message) -> None:
        leave()
        await send(message)

    return send_outside


async def _within(
    seconds: float, work: Callable[[Send], Coroutine[Any, Any, None]], send: Send
) -> bool:
    """Do the work and say True; or False after so many seconds without an answer.

    The work then goes on, and what it says is thrown away.
    """
    is_over = has_begun = False

    async def tell(message: Message) -> None:
        nonlocal has_begun
        if not is_over:
            has_begun = True
            await send(message)

    task = asyncio.create_task(work(tell))
    done, _ = await asyncio.wait({task}, timeout=seconds)
    if done or has_begun:
        await task
        return True
    is_over = True
    _late.add(task)
    task.add_done_callback(_end)
    return False


def _end(task: asyncio.Task[None]) -> None:
    """Forget work that has ended after its answer; what broke in it is logged here."""
    _late.discard(task)
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("unforeseen_error", error=type(error).__name__)


def _full() -> Unavailable:
    return Unavailable("We cannot answer this just now. Please try again in a moment.")
