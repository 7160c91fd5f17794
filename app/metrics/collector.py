"""Collect what Prometheus is told: each part by itself, so that one that fails is missing alone.

What was read is good for some seconds, however many ask.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from threading import Lock
from typing import Any, Final

import structlog
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from redis import Redis
from sqlalchemy import Engine, event

from app.clock import Clock
from app.db.session import Pool, make_engine, make_sessions, transaction
from app.metrics import account, disks, issues, mails, reputation, webhooks, work
from app.metrics.families import ALL, BUILD, COLLECTED, TOOK, Sample, Samples
from app.settings import Settings

READING: Final = Pool(n_kept=1, n_more=0, statement_seconds=2.0)
"""One connection of its own, and statements that are ended before they weigh on anybody."""

GOOD_FOR: Final = 10.0
"""Seconds for which what was read is told again; Prometheus asks every 15 to 60."""

WITHIN: Final = 5.0
"""Seconds after which no further part is begun: Prometheus waits for ten, and takes what it has no
answer of for gone."""

_VALKEY_SECONDS: Final = 1.0
_CONNECT_SECONDS: Final = 3

Parts = Mapping[str, Callable[[], Samples]]
"""What is read, by the names of the parts."""

_log = structlog.get_logger(__name__)


@dataclass(eq=False)  # a registry keeps collectors by what they are
class ServiceCollector(Collector):
    """The figures of the whole service, whichever process answers.

    `parts` are what is read, by their names; after `within` seconds none is begun. What was read is
    told again for `good_for` seconds. `steady` gives seconds that never jump.
    """

    parts: Parts
    good_for: float = GOOD_FOR
    within: float = WITHIN
    steady: Callable[[], float] = time.monotonic
    _lock: Lock = field(default_factory=Lock)
    _kept: list[Metric] = field(default_factory=list)
    _good_until: float = -1.0

    def collect(self) -> Iterator[Metric]:
        """Yield every metric that there is a value of; what cannot be read is missing."""
        with self._lock:
            if self.steady() >= self._good_until:
                found = read_parts(self.parts, self.within, self.steady)
                self._kept = _as_metrics([Sample(BUILD, 1, (version("devoured"),)), *found])
                self._good_until = self.steady() + self.good_for
            kept = self._kept
        yield from kept

    def describe(self) -> Iterator[Metric]:
        """Yield the metrics without values, so that registering asks no server."""
        return (_empty(one.name, one.help, one.labels) for one in ALL)


def read_parts(
    parts: Parts, within: float = WITHIN, steady: Callable[[], float] = time.monotonic
) -> list[Sample]:
    """Return what could be read, and of each part whether and in what time.

    After `within` seconds none is begun.
    """
    found: list[Sample] = []
    until = steady() + within
    for name, read in parts.items():
        began = steady()
        told = _whole(name, read) if began < until else None
        found += told or ()
        found.append(Sample(COLLECTED, told is not None, (name,)))
        found.append(Sample(TOOK, steady() - began, (name,)))
    return found


def service_parts(settings: Settings, engine: Engine, clock: Clock) -> Parts:
    """Return what is read, each in a transaction of its own; Valkey in none.

    Nothing is connected to before it is read.
    """
    valkey = Redis.from_url(
        settings.redis_url,
        socket_timeout=_VALKEY_SECONDS,
        socket_connect_timeout=_VALKEY_SECONDS,
    )
    sessions = make_sessions(engine)
    read: dict[str, Callable[..., Samples]] = {
        "account": account.account,
        "schedule": partial(issues.schedule, settings=settings),
        "setbacks": work.setbacks,
        "work": work.waiting_work,
        "going_out": issues.going_out,
        "doubts": mails.doubts,
        "events": mails.events,
        "reputation": reputation.reputation,
        "silence": partial(mails.silence, settings=settings),
        "webhooks": webhooks.webhooks,
        "database": disks.database,
        "put_off": issues.put_off,  # the last: what takes long there keeps no other from its turn
    }

    def in_transaction(part: Callable[..., Samples]) -> Samples:
        with transaction(sessions) as session:
            return list(part(session, clock()))

    return {
        "broker": lambda: account.told_by_valkey(valkey, settings.tick_seconds),
        "disks": lambda: disks.disks(settings),
        **{name: partial(in_transaction, part) for name, part in read.items()},
    }


def make_reading_engine(settings: Settings, pool: Pool = READING) -> Engine:
    """Return an engine of one connection that only reads, and does not wait long for a server.

    Each statement is planned anew: a plan that is kept for all values uses no index of a part of a
    table, and would read a million rows.
    """
    engine = make_engine(settings.database_url, pool)
    event.listen(engine, "do_connect", _impatient)
    event.listen(engine, "connect", _plan_anew)
    return engine.execution_options(postgresql_readonly=True)


def make_collector(settings: Settings, engine: Engine, clock: Clock) -> ServiceCollector:
    """Return a collector of this service; it connects to nothing yet."""
    return ServiceCollector(service_parts(settings, engine, clock))


def _whole(name: str, read: Callable[[], Samples]) -> list[Sample] | None:
    """Return all of a part; None where it cannot be read."""
    try:
        return list(read())
    except Exception as error:  # noqa: BLE001  # whatever it is, the other parts are told
        _log.warning("metrics_not_read", part=name, error=type(error).__name__)
        return None


def _impatient(_dialect: object, _record: object, _arguments: object, how: dict[str, Any]) -> None:
    how["connect_timeout"] = _CONNECT_SECONDS


def _plan_anew(connection: Any, _record: object) -> None:
    connection.prepare_threshold = None


def _as_metrics(samples: list[Sample]) -> list[Metric]:
    """Return the metrics of these samples in the order in which they are declared."""
    found = {one.name: _empty(one.name, one.help, one.labels) for one in ALL}
    for sample in samples:
        found[sample.family.name].add_metric(sample.labels, sample.value)
    return [metric for metric in found.values() if metric.samples]


def _empty(name: str, said: str, labels: tuple[str, ...]) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, said, labels=labels)
