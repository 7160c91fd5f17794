"""`devoured metrics`, and the metrics that `devoured serve` answers on an address of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

import typer
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest

from app.cli.command import open_container
from app.cli.output import examples
from app.clock import system_clock
from app.metrics.collector import READING, make_collector, make_reading_engine
from app.metrics.server import serving_metrics
from app.settings import Settings

app = typer.Typer()

PATIENT: Final = replace(READING, statement_seconds=60)
"""Of the command: no scrape waits for it."""


@app.command(epilog=examples("devoured metrics > /var/lib/node_exporter/devoured.prom"))
def metrics() -> None:
    """Print the figures of the service once, as Prometheus reads them.

    `devoured serve` answers the same at DEVOURED_METRICS_LISTEN, with how long its own requests
    take besides. docs/metrics.md says what each is.
    """
    with open_container() as container:
        engine = make_reading_engine(container.settings, PATIENT)
        collector = make_collector(container.settings, engine, container.clock)
        collector.within = PATIENT.statement_seconds
        registry = CollectorRegistry()
        registry.register(collector)
        try:
            typer.echo(generate_latest(registry).decode(), nl=False)
        finally:
            engine.dispose()


@contextmanager
def telling_metrics(settings: Settings, registry: CollectorRegistry) -> Iterator[int | None]:
    """Answer `/metrics` meanwhile: what is in the registry, the process and the whole service.

    Yield the port; without an address that is set, do nothing and yield None.

    Raises:
        ConfigError: the address cannot be listened at.
    """
    if not settings.metrics_listen:
        yield None
        return
    engine = make_reading_engine(settings)
    registry.register(make_collector(settings, engine, system_clock))
    ProcessCollector(registry=registry)
    token = settings.metrics_token.get_secret_value()
    try:
        with serving_metrics(settings.metrics_listen, token, registry) as port:
            yield port
    finally:
        engine.dispose()
