"""Spans, made and told by OpenTelemetry's SDK; imported where traces are on (`traces`).

What a span says is put together here and nothing is taken from a library's own looking around, as
of errors (`reports`): an instrumentation tells paths, which hold tokens, and the text of an error,
and that of a database quotes the row. What may be said is listed in `TOLD`.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from threading import Thread
from typing import Final, Literal

import structlog
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Span, SpanKind, StatusCode, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

Kind = Literal["SERVER", "CONSUMER", "CLIENT"]
"""A request that we answer, a job that we do, a question that we ask a server.

Source: OpenTelemetry specification, "SpanKind".
"""

Told = Mapping[str, str | int]
"""What a span says, by names of `TOLD`."""

TOLD: Final = frozenset(
    {
        *("http.request.method", "http.route", "http.response.status_code", "error.type"),
        *("db.system.name", "db.query.summary", "messaging.system", "messaging.operation.type"),
        *("messaging.batch.message_count", "rpc.system.name"),
        *("devoured.transport", "devoured.attempt", "devoured.recipients"),
        *("devoured.accepted", "devoured.refused", "devoured.in_doubt"),
        *("devoured.webhook", "devoured.outcome"),
    }
)
"""What a span may say: words of ours and numbers, none of which is a part of an address.

Source: OpenTelemetry semantic conventions, HTTP, database, messaging and AWS SDK spans.
"""

STOPS_WITHIN: Final = 2.0
"""Seconds in which the last spans are told at a stop; what a collector has not taken is lost."""

_NAME: Final = "devoured"
_PARENT: Final = "traceparent"  # Source: W3C Trace Context, 3.2
_PROPAGATOR: Final = TraceContextTextMapPropagator()

_log = structlog.get_logger(__name__)


class Traced:
    """A span under way, for what is found out meanwhile."""

    def __init__(self, span: Span) -> None:
        """Hold the span."""
        self._span = span

    def tell(self, told: Told) -> None:
        """Add what is known by now."""
        self._span.set_attributes(_listed(told))

    def name(self, name: str) -> None:
        """Call the span so, instead of what it was called at its begin."""
        self._span.update_name(name)

    def fail(self, kind: str) -> None:
        """Say that it failed, by the class of an error or a status; never by a text."""
        self.tell({"error.type": kind})
        self._span.set_status(StatusCode.ERROR)

    def end(self) -> None:
        """End a span that no `with` ends."""
        self._span.end()


class Spans:
    """What makes spans in this process, and a thread that tells of them."""

    def __init__(self, part: str, environment: str, exporter: SpanExporter | None = None) -> None:
        """Make what `traces.start` asks for; by default it tells who OTEL_* variables name."""
        ours = {
            "service.name": f"{_NAME}-{part}",
            "service.version": version(_NAME),
            "deployment.environment.name": environment,
        }
        named = dict(OTELResourceDetector().detect().attributes)
        self._provider = TracerProvider(
            resource=Resource.create(ours | named), shutdown_on_exit=False
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter or _Exporter()))
        self._tracer = self._provider.get_tracer(_NAME, version(_NAME))

    def stop(self) -> None:
        """Tell what is left; a collector that is gone would hold it up by its own, longer time."""
        last = Thread(target=self._provider.shutdown, name="traces-end", daemon=True)
        last.start()
        last.join(STOPS_WITHIN)

    @contextmanager
    def span(self, name: str, kind: Kind, told: Told, parent: str = "") -> Iterator[Traced]:
        """Trace what is done inside; lines of the log there carry the trace's id."""
        with self._tracer.start_as_current_span(
            name,
            context=_context_of(parent),
            kind=SpanKind[kind],
            attributes=_listed(told),
            record_exception=False,
            set_status_on_exception=False,
        ) as made:
            traced = Traced(made)
            trace_id = f"{made.get_span_context().trace_id:032x}"
            with structlog.contextvars.bound_contextvars(trace_id=trace_id):
                try:
                    yield traced
                except BaseException as error:
                    traced.fail(type(error).__name__)
                    raise

    def begin(self, name: str, told: Told) -> Traced | None:
        """Return a span of a question that its asker ends; None outside of one that is kept.

        What nobody traces, such as a connection's first statement, is no trace by itself.
        """
        if not get_current_span().is_recording():
            return None
        started = self._tracer.start_span(name, kind=SpanKind.CLIENT, attributes=_listed(told))
        return Traced(started)

    def here(self) -> str:
        """Return the name of the span under way, for another process; empty where there is none."""
        carrier: dict[str, str] = {}
        _PROPAGATOR.inject(carrier)
        return carrier.get(_PARENT, "")


class _Exporter(SpanExporter):
    """Tells a collector by OTLP over HTTP; what it does not take is a warning and no more."""

    def __init__(self) -> None:
        # What the library logs quotes addresses, and is an error each time; we say it ourselves.
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
        self._otlp = OTLPSpanExporter()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Tell of these spans, for as long as OTEL_EXPORTER_OTLP_TIMEOUT allows."""
        result = self._otlp.export(spans)
        if result is not SpanExportResult.SUCCESS:
            _log.warning("traces_not_told")
        return result

    def shutdown(self) -> None:
        """Let go of the connection; whoever waits to try again gives up."""
        self._otlp.shutdown()  # type: ignore[no-untyped-call]  # the library has it so


def _context_of(parent: str) -> Context | None:
    return _PROPAGATOR.extract({_PARENT: parent}, Context()) if parent else None


def _listed(told: Told) -> dict[str, str | int]:
    """Return what is told.

    Raises:
        ValueError: a name is not listed; whoever lists it says why no person is in it.
    """
    if further := told.keys() - TOLD:
        raise ValueError(f"a span does not say {', '.join(sorted(further))}")
    return dict(told)
