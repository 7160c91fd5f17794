"""The figures of one moment, as metrics tell them, for the rules that judge them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.metrics.families import Family, Sample

Series = Mapping[tuple[str, ...], float]
"""The values of one metric by their labels."""


@dataclass(frozen=True)
class Figures:
    """Every metric's values by its name, as they were at an instant."""

    now: datetime
    by_name: Mapping[str, Series]

    def of(self, family: Family) -> Series:
        """Return all values of a metric; empty where there are none."""
        return self.by_name.get(family.name, {})

    def one(self, family: Family, *labels: str) -> float | None:
        """Return one value; None where there is none."""
        return self.of(family).get(labels)

    def since(self, family: Family, *labels: str, over: timedelta) -> datetime | None:
        """Return the instant that a metric tells; None where it is not longer ago than `over`."""
        told = self.one(family, *labels)
        if told is None or self.now.timestamp() - told <= over.total_seconds():
            return None
        return datetime.fromtimestamp(told, UTC)


def figures_of(samples: Iterable[Sample], now: datetime) -> Figures:
    """Return these samples as figures."""
    found: dict[str, dict[tuple[str, ...], float]] = defaultdict(dict)
    for one in samples:
        found[one.family.name][tuple(map(str, one.labels))] = one.value
    return Figures(now, found)
