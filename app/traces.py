"""Traces: what a request or a job did and how long it took, told to a collector; never a person.

Off unless `start` is called, and then nothing of OpenTelemetry is imported: a span costs a look at
an empty list. What a span says is made in `trace_spans`.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from app.trace_spans import Kind, Spans, Told, Traced

HEADER: Final = "traceparent"
"""What names the span that woke a job, among the headers of its message."""

_open: list["Spans"] = []
_task: ContextVar[str] = ContextVar("traced_task", default="")


def are_on() -> bool:
    """Return whether this process traces."""
    return bool(_open)


def start(part: str, environment: str) -> None:
    """Trace from now on, in this process: the thread that tells does not survive a fork.

    Where to, how much and by what name is OpenTelemetry's own OTEL_* to say; without a name it is
    the part's, such as `devoured-worker`. The collector is asked once there is something to tell,
    and whether it answers holds nothing up: what it does not take in time is dropped.
    """
    stop()
    # It takes as long to import as all of a small command, which most do without.
    from app.trace_spans import Spans  # noqa: PLC0415

    _open.append(Spans(part, environment))


def stop() -> None:
    """Trace no more; tell what is left, for 2 seconds at most."""
    while _open:
        _open.pop().stop()


def spans() -> "Spans":
    """Return what makes spans; only where traces are on."""
    return _open[0]


def span(
    name: str, kind: "Kind", told: "Told", parent: str = ""
) -> "AbstractContextManager[Traced | None]":
    """Trace what is done inside, below the span around it or the `parent` of another process.

    Yields None where traces are off. An error goes on as it came.
    """
    return _open[0].span(name, kind, told, parent) if _open else nullcontext()


@contextmanager
def job(task: str, parent: str) -> Iterator[None]:
    """Trace a job, below who woke it."""
    if not _open:
        yield
        return
    token = _task.set(task)
    told = {"messaging.system": "redis", "messaging.operation.type": "process"}
    try:
        with span(task, "CONSUMER", told, parent):
            yield
    finally:
        _task.reset(token)


def here(task: str) -> str:
    """Return what a task that is woken now has for its parent; empty where there is none.

    One that wakes itself again, to let others in, begins a new trace: an issue to a million readers
    would be one of a hundred thousand spans.
    """
    return _open[0].here() if _open and task != _task.get() else ""
