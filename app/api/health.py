"""`/health`: whether this process can do its work; for load balancers and compose."""

import asyncio
import time
from dataclasses import dataclass, field
from functools import partial

import anyio
from anyio import CapacityLimiter
from fastapi import Request
from pydantic import BaseModel, Field
from sqlalchemy.exc import SQLAlchemyError

from app.api.errors import ApiRouter
from app.api.fields import examples
from app.container import Container
from app.db.session import transaction
from app.delivery.epoch import EpochState, known_epoch, read_marks_now, standing
from app.errors import Unavailable

router = ApiRouter(tags=["service"])


@dataclass
class DatabaseProbe:
    """Whether the database answers, asked in a thread of its own.

    What it said is good for `good_seconds`, and nobody waits longer for it than `waits_seconds`.

    While it does not, one thread waits for it, however many ask.
    """

    container: Container
    waits_seconds: float = 1.0
    good_seconds: float = 1.0
    _asking: asyncio.Task[EpochState | None] | None = None
    _asked_at: float = 0.0
    _thread: CapacityLimiter = field(default_factory=partial(CapacityLimiter, 1))

    async def look(self) -> EpochState | None:
        """Return how the send epoch stands, or None without a database."""
        age = time.monotonic() - self._asked_at
        asking = self._asking
        if asking is None or (asking.done() and age > self.good_seconds):
            run = anyio.to_thread.run_sync(self._ask, limiter=self._thread)
            asking = self._asking = asyncio.ensure_future(run)
            self._asked_at, age = time.monotonic(), 0.0
        if not asking.done():
            await asyncio.wait({asking}, timeout=max(0.0, self.waits_seconds - age))
        return asking.result() if asking.done() and not asking.cancelled() else None

    def _ask(self) -> EpochState | None:
        container = self.container
        try:
            near = read_marks_now(
                container.sessions, [one for one in container.places if one.is_near]
            )
            with transaction(container.sessions) as session:
                return standing(known_epoch(session), near)
        except SQLAlchemyError:
            return None


class Health(BaseModel):
    """All is well."""

    model_config = examples({"status": "ok", "send_epoch": "kept"})

    status: str
    send_epoch: EpochState = Field(
        description="Whether how far this database has sent is kept outside it; anything but "
        "`kept` is for a person to look at: `GET /v1/account`."
    )


@router.get("/health")
async def check_health(request: Request) -> Health:
    """Check health.

    `ok` if the database answers, 503 if it does not within a second. It waits for nothing else,
    however much there is to do.
    """
    database_probe: DatabaseProbe = request.app.state.database_probe
    epoch = await database_probe.look()
    if epoch is None:
        raise Unavailable("The database does not answer.")
    return Health(status="ok", send_epoch=epoch)
