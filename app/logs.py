"""Logs: one event per line with its data beside it, JSON in production; never an address."""

import logging
import re
import sys
import time
from collections.abc import Callable
from typing import Any, Final

import structlog

from app.settings import Settings

FOLDED_SECONDS: Final = 60.0
"""For so long a warning or an error that repeats itself is only counted."""

_MOST: Final = 1000
_NUMBERS: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9]+(?:\.[0-9]+)?")
# Celery tells of each tick three times, whether there was anything to do or not; what a task does
# it says itself, and what fails is told as an error all the same.
_TICKS: Final = (
    "celery.app.trace",
    "celery.beat",
    "celery.worker.request",
    "celery.worker.strategy",
)


def configure_logs(settings: Settings) -> None:
    """Write structlog's and the libraries' records to standard error in one form."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    is_local = settings.environment == "local"
    last: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(colors=False)
        if is_local
        else structlog.processors.JSONRenderer()
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                last,
            ],
        )
    )
    told = Both(handler, *_reports(settings))
    told.addFilter(RepeatFilter())
    root = logging.getLogger()
    root.handlers[:] = [told]
    root.setLevel(settings.log_level)
    # Their request lines hold addresses in queries and tokens in paths.
    for name in ("uvicorn.access", "botocore", "httpx2", "httpcore2", *_TICKS):
        logging.getLogger(name).setLevel(logging.WARNING)


def _reports(settings: Settings) -> list[logging.Handler]:
    """Return what tells errors to a Sentry, where one is set."""
    dsn = settings.sentry_dsn.get_secret_value()
    if not dsn:
        return []
    # Sentry's library takes as long to import as all of a small command, which most do without.
    from app.reports import ReportHandler, make_client  # noqa: PLC0415

    return [ReportHandler(make_client(dsn, settings.environment))]


class Both(logging.Handler):
    """Hands each record to several handlers; what is filtered here is filtered for all of them."""

    def __init__(self, *handlers: logging.Handler) -> None:
        """Make a handler before these."""
        super().__init__()
        self.handlers = handlers

    def emit(self, record: logging.LogRecord) -> None:
        """Hand the record to each that takes records of its level."""
        for handler in self.handlers:
            if record.levelno >= handler.level:
                handler.handle(record)


class RepeatFilter(logging.Filter):
    """Let a warning or an error through at once, and count it while it only repeats itself.

    The next one after `FOLDED_SECONDS` says how many were left out before it. Ours are the same
    where all they say is; a library's where nothing but numbers differs.
    """

    def __init__(self, steady: Callable[[], float] = time.monotonic) -> None:
        """Make a filter; `steady` is a clock of seconds that never go back."""
        super().__init__()
        self._steady = steady
        self._told: dict[object, tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the record is written, with the number of those that were not."""
        if record.levelno < logging.WARNING:
            return True
        now, what = self._steady(), _what(record)
        told_at, n_left_out = self._told.get(what, (now - FOLDED_SECONDS, 0))
        if now - told_at < FOLDED_SECONDS:
            self._told[what] = (told_at, n_left_out + 1)
            return False
        if len(self._told) >= _MOST:
            self._told.clear()
        self._told[what] = (now, 0)
        if n_left_out:
            _add(record, n_left_out)
        return True


def _what(record: logging.LogRecord) -> object:
    """Return what a record says, without when and by which message."""
    error = record.exc_info[1] if record.exc_info else None
    raised = (type(error), _NUMBERS.sub("#", str(error)))
    if isinstance(record.msg, dict):
        message = repr(
            [one for one in record.msg.items() if one[0] not in {"timestamp", "exc_info"}]
        )
    else:
        message = _NUMBERS.sub("#", record.getMessage())
    return record.name, record.levelno, message, raised


def _add(record: logging.LogRecord, n_left_out: int) -> None:
    if isinstance(record.msg, dict):
        message: dict[str, Any] = {**record.msg, "n_left_out": n_left_out}
        record.msg = message
    else:
        record.msg, record.args = f"{record.getMessage()} ({n_left_out} left out before)", ()
