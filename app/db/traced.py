"""Statements as spans: what is asked of which table, without its text and its values."""

import re
from typing import Any, Final

from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext

from app import traces

_FIRST: Final = re.compile(r"\s*(\w+)")
_TABLE: Final = re.compile(r"\bFROM\s+(?:ONLY\s+)?([a-z_]+)\b(?!\s*\()", re.IGNORECASE)
_CHANGE: Final = re.compile(
    r"(?<!FOR )(?<!KEY )(?<!DO )\b(INSERT|DELETE|UPDATE)\s+"
    r"(?:INTO\s+|FROM\s+)?(?:ONLY\s+)?([a-z_]+)",
    re.IGNORECASE,
)
_SPAN: Final = "devoured_span"


def trace_statements(engine: Engine) -> None:
    """Make a span of each statement of this engine that is run inside another span."""
    event.listen(engine, "before_cursor_execute", _begin)
    event.listen(engine, "after_cursor_execute", _end)
    event.listen(engine, "handle_error", _fail)


def summary_of(statement: str) -> str:
    """Return `SELECT subscribers` for a statement: what it does, and to which table first.

    One that changes rows is told by that, also where it begins by WITH.

    Source: OpenTelemetry semantic conventions, `db.query.summary`.
    """
    if change := _CHANGE.search(statement):
        return f"{change[1].upper()} {change[2]}"
    first, table = _FIRST.match(statement), _TABLE.search(statement)
    words = [first[1].upper() if first else "", table[1] if table else ""]
    return " ".join(word for word in words if word)


def _begin(
    _connection: object, _cursor: object, statement: str, _values: object, run: Any, _many: object
) -> None:
    summary = summary_of(statement)
    told = {"db.system.name": "postgresql", "db.query.summary": summary}
    setattr(run, _SPAN, traces.spans().begin(summary, told) if traces.are_on() else None)


def _end(
    _connection: object, _cursor: object, _statement: str, _values: object, run: Any, _many: object
) -> None:
    span = getattr(run, _SPAN, None)
    if span is not None:
        span.end()


def _fail(failed: ExceptionContext) -> None:
    span = getattr(failed.execution_context, _SPAN, None)
    if span is not None:
        span.fail(type(failed.original_exception).__name__)
        span.end()
