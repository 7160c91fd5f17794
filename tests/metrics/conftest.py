"""A collector of the tests' servers, and what it tells."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Final

import pytest
from prometheus_client import CollectorRegistry

from app.metrics.collector import READING, ServiceCollector, make_collector, make_reading_engine
from app.settings import Settings

Told = Callable[..., float | None]

PATIENCE: Final = 120.0


@contextmanager
def collecting(settings: Settings, now: datetime, seconds: float) -> Iterator[ServiceCollector]:
    """Yield a collector that keeps nothing and gives each statement so many seconds."""
    engine = make_reading_engine(settings, replace(READING, statement_seconds=seconds))
    made = make_collector(settings, engine, lambda: now)
    made.good_for, made.within = -1, PATIENCE
    yield made
    engine.dispose()


@pytest.fixture
def collector(settings: Settings, now: datetime) -> Iterator[ServiceCollector]:
    """Yield a collector of the tests' servers, however slow they are."""
    with collecting(settings, now, PATIENCE) as made:
        yield made


@pytest.fixture
def told(collector: ServiceCollector) -> Told:
    """Return a function that reads anew and returns one series; None where it is not told."""
    return teller(collector)


def teller(collector: ServiceCollector) -> Told:
    """Return a function that tells one series of this collector."""
    registry = CollectorRegistry()
    registry.register(collector)

    def tell(name: str, labels: Mapping[str, str] | None = None, /, **more: str) -> float | None:
        return registry.get_sample_value(f"devoured_{name}", {**(labels or {}), **more})

    return tell
