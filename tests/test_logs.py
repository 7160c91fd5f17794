"""What is logged: errors at once, repeated ones folded, and nothing about ticks."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import redirect_stderr
from typing import Any

import pytest
import structlog

from app.logs import FOLDED_SECONDS, RepeatFilter, configure_logs
from app.settings import Settings


class Steady:
    """A clock that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Steady:
    return Steady()


@pytest.fixture
def folding(clock: Steady) -> RepeatFilter:
    return RepeatFilter(clock)


@pytest.fixture
def written(settings: Settings) -> Iterator[io.StringIO]:
    """Yield what our logging writes; put back what was there before afterwards."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    told = io.StringIO()
    with redirect_stderr(told):
        configure_logs(
            settings.model_copy(update={"environment": "production", "log_level": "INFO"})
        )
    yield told
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


def _record(level: int, said: object, error: Exception | None = None) -> logging.LogRecord:
    raised = (type(error), error, None) if error else None
    return logging.LogRecord("a.name", level, "file.py", 1, said, (), raised)


def test_repeated_error_is_told_at_once_and_then_once_a_minute_with_how_many(
    folding: RepeatFilter, clock: Steady
) -> None:
    written: list[tuple[int, Any]] = []
    for second in range(200):
        clock.now = float(second)
        record = _record(logging.ERROR, {"event": "no_database", "timestamp": second})
        if folding.filter(record):
            written.append((second, record.msg))

    assert [second for second, _ in written] == [0, 60, 120, 180]
    assert [said.get("n_left_out") for _, said in written] == [
        None,
        59,
        59,
        59,
    ]


def test_errors_about_different_things_are_all_told(folding: RepeatFilter) -> None:
    said = [{"event": "issue_stale", "issue_id": n} for n in range(5)]
    assert all(folding.filter(_record(logging.ERROR, one)) for one in said)
    assert folding.filter(_record(logging.ERROR, "failed", ValueError("one")))
    assert folding.filter(_record(logging.ERROR, "failed", KeyError("one")))
    assert folding.filter(_record(logging.ERROR, "failed", ValueError("other")))


def test_librarys_error_is_folded_where_only_numbers_differ(
    folding: RepeatFilter, clock: Steady
) -> None:
    task = "Task tidy[{}] raised unexpected: OperationalError"
    first = "0b5f0d4e-5c0e-4f5c-9d6e-7e1b7a3f2c11"
    assert folding.filter(_record(logging.ERROR, task.format(first)))
    assert not folding.filter(_record(logging.ERROR, task.format(first.replace("0", "1"))))
    assert not folding.filter(_record(logging.ERROR, task.format(first)))
    clock.now = FOLDED_SECONDS
    last = _record(logging.ERROR, task.format(first))
    assert folding.filter(last)
    assert last.getMessage().endswith("(2 left out before)")


def test_what_is_no_trouble_is_never_folded(folding: RepeatFilter) -> None:
    assert all(folding.filter(_record(logging.INFO, "sent")) for _ in range(9))


def test_ticks_leave_no_line_and_errors_of_their_tasks_do(written: io.StringIO) -> None:
    for name in ("celery.worker.strategy", "celery.app.trace", "celery.beat"):
        logging.getLogger(name).info("Task look_for_work[x] received")
    logging.getLogger("celery.app.trace").error("Task tidy[x] raised unexpected")
    structlog.get_logger("workers").error("no_database")
    structlog.get_logger("workers").error("no_database")
    lines = [json.loads(line)["event"] for line in written.getvalue().splitlines()]

    assert lines == ["Task tidy[x] raised unexpected", "no_database"]
