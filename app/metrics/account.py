"""The sending account: whether mail may leave, how fast, and how much the provider still allows."""

from datetime import datetime

from redis import Redis
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.delivery.account import account_pause
from app.delivery.pace import known_allowance
from app.jobs import count_jobs, ticks, ticks_done
from app.metrics.families import (
    HELD,
    JOBS,
    PACE,
    PAUSED,
    QUOTA,
    QUOTA_KNOWN,
    QUOTA_LEFT,
    TASK_DONE,
    TASK_EVERY,
    Sample,
    Samples,
    instant,
)
from app.models import Installation


def account(session: Session, now: datetime) -> Samples:
    """Yield whether anybody may be written to."""
    pause = account_pause(session, now)
    if pause is not None:
        yield Sample(PAUSED, 1, ("quota" if pause.is_quota else "held",))
    yield Sample(HELD, session.scalars(select(Installation.held_at)).one() is not None)


def told_by_valkey(valkey: Redis, tick_seconds: float) -> Samples:
    """Yield the pace, the quota, the jobs of the broker, and when beat's tasks were last done.

    Raises:
        RedisError: Valkey does not answer.
    """
    for state, n in count_jobs(valkey).items():
        yield Sample(JOBS, n, (state,))
    for task, seconds in ticks(tick_seconds).items():
        yield Sample(TASK_EVERY, seconds, (task,))
    for task, at in ticks_done(valkey).items():
        yield from instant(TASK_DONE, at, task)
    known = known_allowance(valkey)
    yield Sample(QUOTA_KNOWN, known.unknown_because is None)
    for family, number in (
        (PACE, known.rate),
        (QUOTA_LEFT, known.n_left),
        (QUOTA, known.n_daily),
    ):
        if number is not None:
            yield Sample(family, number)
