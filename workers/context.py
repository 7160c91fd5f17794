"""The objects of a worker process: its container and its Sender."""

import multiprocessing
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from redis import Redis

from app import traces
from app.clock import Clock, system_clock
from app.container import Container, build
from app.db.session import transaction
from app.delivery.clocks import ClockWatch
from app.delivery.pace import Pace
from app.delivery.send_epoch import SendEpoch
from app.delivery.sender import Sender
from app.delivery.spool import Spool
from app.delivery.timing import USUAL, scaled
from app.settings import Settings
from app.transports.make import make_transport
from app.transports.traced import TracedTransport

A_MOMENT: Final = timedelta(seconds=3)
"""How long a task sends before it lets letters, events and brakes in, whose jobs come first."""


@dataclass(frozen=True)
class Context:
    """The objects that tasks work with."""

    container: Container
    sender: Sender
    valkey: Redis
    clocks: ClockWatch


_open: list[Context] = []

stopping = multiprocessing.Event()
"""Set in the parent when the worker is told to stop; made before the fork, so children see it."""


_clock_is_wrong = multiprocessing.RawValue("b", 0)
"""Whether a child saw that its clock is wrong; without a lock, which a killed one could keep."""


def open_context(settings: Settings, worker: str, clock: Clock = system_clock) -> Context:
    """Make this process's Context; the one before it, if any, is closed."""
    close_context()
    container = build(settings, clock=clock)
    timing = scaled(USUAL, settings.time_scale)
    transport = make_transport(settings, good_for=timing.fence, answer_within=timing.answer_within)
    if traces.are_on():
        transport = TracedTransport(transport)
    # Without Valkey every process keeps a small pace of its own, and should find out soon.
    valkey = Redis.from_url(settings.redis_url, socket_timeout=2, socket_connect_timeout=2)
    clocks = ClockWatch(container.sessions, clock, valkey)
    sender = Sender(
        sessions=container.sessions,
        transport=transport,
        pace=Pace(valkey, transport.quota, max_rate=settings.max_rate),
        signer=container.signer,
        clock=container.clock,
        base_url=settings.base_url,
        worker=worker,
        inbound_address=settings.inbound_address,
        send_mode=settings.send_mode,
        timing=timing,
        spool=_spool(settings),
        epoch=SendEpoch(container.places, container.sessions),
        is_stopping=stopping.is_set,
        is_ending=stopping.is_set,
        clock_was_refused=clocks.was_refused,
    )
    _open.append(Context(container, sender, valkey, clocks))
    return _open[0]


def _spool(settings: Settings) -> Spool:
    """Return the spool for Answers that PostgreSQL does not take; in memory without a folder."""
    spool = Spool(Path(settings.state_folder) / "outcomes" if settings.state_folder else None)
    spool.check()
    return spool


def context() -> Context:
    """Return this process's Context.

    Raises:
        IndexError: the process has not opened one; Celery's signals do so in every worker.
    """
    return _open[0]


def must_stop() -> bool:
    """Return whether to take no more work: the worker must stop, or its clock is wrong."""
    return stopping.is_set() or not clock_is_right()


def clock_is_right() -> bool:
    """Return whether this machine's clock is right, and let the parent know."""
    is_right = context().clocks.is_right()
    _clock_is_wrong.value = not is_right
    return is_right


def takes_work() -> bool:
    """Return, in the parent, whether the children take work: no clock was seen to be wrong."""
    return not _clock_is_wrong.value


def moment() -> Callable[[], bool]:
    """Return what says whether a moment from now is over, or the worker has to stop."""
    clock = context().container.clock
    until = clock() + A_MOMENT
    return lambda: must_stop() or clock() >= until


def may_tell(now: datetime) -> bool:
    """Return whether anybody may be told of this database: it is the newest, as far as is known."""
    epoch, sessions = context().sender.epoch, context().container.sessions
    marks = epoch.ask()
    with transaction(sessions) as session:
        return epoch.allows(session, marks, now)


def close_context() -> None:
    """Let go of this process's connections."""
    while _open:
        closing = _open.pop()
        closing.sender.transport.close()
        closing.valkey.close()
        closing.container.engine.dispose()
