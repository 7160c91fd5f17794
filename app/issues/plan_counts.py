"""What a plan counts of its readers, and when the last one's turn comes."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import TypeVar

from app.delivery.audience import Readers
from app.delivery.canary import CANARY_WAITS
from app.delivery.pace import Allowance
from app.models import Issue

_Key = TypeVar("_Key")


def counted_by(readers: Iterable[Readers], key: Callable[[Readers], _Key]) -> dict[_Key, int]:
    """Return how many readers there are of each kind."""
    counts: Counter[_Key] = Counter()
    for one in readers:
        counts[key(one)] += one.n
    return dict(counts)


def hours_of(readers: Iterable[Readers]) -> dict[int | None, int]:
    """Return how many chose each hour; first who chose none."""
    counts = counted_by(readers, lambda one: one.hour)
    return dict(sorted(counts.items(), key=lambda one: -1 if one[0] is None else one[0]))


def end_of(
    issue: Issue, waves: Mapping[datetime, int], allowance: Allowance, starts_at: datetime
) -> datetime | None:
    """Return when the last reader's turn has come at this pace; each wave waits for its instant."""
    n_readers = sum(waves.values())
    is_short = allowance.n_left is not None and allowance.n_left < n_readers
    if not allowance.rate or is_short:
        return None
    end = starts_at
    for at, n in waves.items():
        end = max(end, at) + timedelta(seconds=n / allowance.rate)
    return end + CANARY_WAITS if issue.canary_percent and n_readers else end
