"""Clocks: a worker whose machine has the wrong time takes no work, and logs it.

Leases, fences and due times of all workers are compared with each other, and SES refuses what is
signed with a clock that is five minutes off. It is one machine's fault: nothing else is paused.
"""

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.characters import cut
from app.clock import Clock
from app.db.session import Sessions

APART: Final = timedelta(seconds=60)
"""How far a clock may be from PostgreSQL's: less than any lease, and than what SES allows."""

_GOOD_FOR: Final = 2.0
"""Seconds for which an answer holds: a task of sending is not much longer."""

_REFUSED_FOR: Final = 60
"""Seconds of rest after SES refused this machine's clock; then one more call finds out."""

_log = structlog.get_logger(__name__)


def seconds_off(sessions: Sessions, clock: Clock) -> float:
    """Return how many seconds this clock is ahead of PostgreSQL's, at least.

    Negative where it is behind. What the way there and back took, or a process that was frozen on
    it, is in its favour.

    Raises:
        SQLAlchemyError: PostgreSQL does not answer.
    """
    with sessions() as session:
        session.execute(text("SELECT 1"))  # whatever connecting takes is over now
        before = clock()
        there = session.scalars(text("SELECT clock_timestamp()")).one()
        after = clock()
    assert isinstance(there, datetime)  # noqa: S101  # what the column is
    ahead, behind = (before - there).total_seconds(), (there - after).total_seconds()
    return max(ahead, 0.0) - max(behind, 0.0)


def wrong_clock(sessions: Sessions, clock: Clock, valkey: Redis) -> str:
    """Return what is wrong with this machine's clock, in words; empty where nothing is known.

    Raises nothing: whoever needs PostgreSQL or Valkey finds out that they are gone.
    """
    try:
        refused = valkey.get(_sign())
    except RedisError:
        refused = None
    if isinstance(refused, bytes):
        return f"SES refuses the clock of this machine: {refused.decode(errors='replace')}"
    try:
        off = seconds_off(sessions, clock)
    except SQLAlchemyError:
        return ""
    if abs(off) <= APART.total_seconds():
        return ""
    where = "ahead of" if off > 0 else "behind"
    return f"the clock of this machine is {abs(off):,.0f} s {where} PostgreSQL's"


@dataclass
class ClockWatch:
    """Tells whether this process may trust its clock; it is measured every two seconds at most.

    `steady` gives seconds that never jump.
    """

    sessions: Sessions
    clock: Clock
    valkey: Redis
    steady: Callable[[], float] = time.monotonic
    _wrong: str = ""
    _good_until: float = field(default=-1.0)
    _refused_until: float = field(default=-1.0)

    def is_right(self) -> bool:
        """Return whether work may be taken; log once what changed."""
        now = self.steady()
        if now < self._refused_until:
            return False
        if now >= self._good_until:
            self._note(wrong_clock(self.sessions, self.clock, self.valkey))
            self._good_until = self.steady() + _GOOD_FOR
        return not self._wrong

    def was_refused(self, because: str) -> None:
        """Take no work for a minute on this machine, because SES refused what it signed."""
        self._refused_until = self.steady() + _REFUSED_FOR
        self._good_until = -1.0
        with suppress(RedisError):  # the other processes of this machine find out by themselves
            self.valkey.set(_sign(), cut(because, 200), ex=_REFUSED_FOR)
        self._note(f"SES refuses the clock of this machine: {because}")

    def _note(self, wrong: str) -> None:
        if wrong and not self._wrong:
            _log.error("clock_wrong", because=wrong, then="this worker takes no work")
        if self._wrong and not wrong:
            _log.info("clock_right_again")
        self._wrong = wrong


def _sign() -> str:
    """Return the key in Valkey that exists while this machine's clock is not trusted."""
    return f"devoured:clock-refused:{socket.gethostname()}"
