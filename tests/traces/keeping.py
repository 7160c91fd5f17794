"""Spans of this process, kept for a test to look at."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from app import traces
from app.trace_spans import Spans


@contextmanager
def keeping(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """Trace in this process, and keep the spans."""
    exporter = InMemorySpanExporter()
    spans = Spans("test", "local", exporter)
    monkeypatch.setattr(traces, "_open", [spans])
    yield exporter
    spans.stop()


def told_of(kept: InMemorySpanExporter) -> list[ReadableSpan]:
    """Trace no more, and return the spans in the order in which they ended."""
    traces.stop()
    return list(kept.get_finished_spans())
