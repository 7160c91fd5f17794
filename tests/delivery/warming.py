"""Readers of a domain that is warmed up, and what was frozen for them."""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.delivery.send import Sender
from app.models import Batch, Issue
from tests.factories import make_subscriber

Launch = Callable[[Issue], Issue]
MakeSender = Callable[..., Sender]
Ready = Callable[[], Issue]

DAY = timedelta(days=1)


def add(session: Session, n: int, follows: int, now: datetime, **own: Any) -> list[int]:
    """Add readers, of whom each confirmed after the one before, and return them best first."""
    made = [
        make_subscriber(session, follows=follows, confirmed_at=now - (1000 - i) * DAY, **own)
        for i in range(n)
    ]
    session.commit()
    return [one.id for one in reversed(made)]


def frozen(session: Session, issue: Issue) -> list[int]:
    rows = session.scalars(select(Batch.subscriber_ids).where(Batch.issue_id == issue.id))
    return [i for ids in rows for i in ids]


def by_day(session: Session) -> Counter[date]:
    rows = session.execute(select(Batch.warm_up_day, Batch.n_readers))
    counts: Counter[date] = Counter()
    for day, n in rows:
        assert day is not None
        counts[day] += n
    return counts
