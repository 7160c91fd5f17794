"""What went wrong, as an exit code and one line for a person."""

from typing import Final, Protocol, runtime_checkable

import typer

from app.db.sqlstates import BUSY, SqlState
from app.errors import (
    AppError,
    ChecksFailed,
    ConfigError,
    FieldError,
    InvalidInput,
    RenderError,
    TooLarge,
)

FAILED: Final = 1
BAD_INPUT: Final = 2
INTERRUPTED: Final = 130

_SHOWN: Final = 2
"""Places that a line names; more would be a page."""


class Failed(Exception):
    """What was asked for did not work; the text says so in one line."""


class BadInput(Exception):
    """An argument or a file is not what the command needs; the text says so in one line."""


@runtime_checkable
class _UsageError(Protocol):
    """Typer's error for wrong arguments; it exports only some of them."""

    exit_code: int

    def format_message(self) -> str: ...


_CODES: Final[dict[type[Exception], int]] = {
    InvalidInput: BAD_INPUT,
    TooLarge: BAD_INPUT,
    AppError: FAILED,
    ConfigError: BAD_INPUT,
    BadInput: BAD_INPUT,
    RenderError: FAILED,
    Failed: FAILED,
    typer.Abort: INTERRUPTED,
    BrokenPipeError: FAILED,
}
"""The first that fits counts."""

_DRIVERS: Final = {
    "sqlalchemy.exc.ArgumentError": (BAD_INPUT, "settings: DEVOURED_DATABASE_URL: {}"),
    "sqlalchemy.exc.OperationalError": (FAILED, "the database does not answer: {}"),
    "psycopg.OperationalError": (FAILED, "the database does not answer: {}"),
    "sqlalchemy.exc.ProgrammingError": (FAILED, "the database refuses that: {}"),
    "psycopg.ProgrammingError": (FAILED, "the database refuses that: {}"),
}
"""What a driver's error means where PostgreSQL itself has not said it more exactly."""

_BUSY: Final = "the database is busy, so try it again: {}"
_OLD: Final = "run devoured migrate first: {}"
_SQLSTATES: Final[dict[str, str]] = {
    SqlState.DISK_FULL: "the disk of the database is full: {}",
    **dict.fromkeys(BUSY, _BUSY),
    **dict.fromkeys((SqlState.NO_TABLE, SqlState.NO_COLUMN, SqlState.NO_FUNCTION), _OLD),
}
"""What PostgreSQL's own code says."""


def explain(error: Exception) -> tuple[int, str] | None:
    """Return the exit code and the line for this error; None for an unforeseen one."""
    if isinstance(error, _UsageError):
        return error.exit_code, _usage(error)
    code = next((code for kind, code in _CODES.items() if isinstance(error, kind)), None)
    if code is None:
        return _of_a_server(error)
    return code, _one_line(_sentence(error))


def _sentence(error: Exception) -> str:
    match error:
        case ChecksFailed(detail=detail, errors=places, issue_id=issue_id):
            return f"{_with_places(detail, places)} See devoured check {issue_id}."
        case AppError(detail=detail, errors=places):
            return _with_places(detail, places)
        case ConfigError():
            return f"settings: {error}"
        case typer.Abort() | BrokenPipeError():
            return ""
        case _:
            return str(error)


def _of_a_server(error: Exception) -> tuple[int, str] | None:
    """Return the same for the drivers' errors.

    They are recognised by their names, so that the drivers need not be imported.
    """
    names = {f"{kind.__module__}.{kind.__name__}" for kind in type(error).__mro__}
    found = next((meant for name, meant in _DRIVERS.items() if name in names), None)
    if found is None:
        return None
    code, sentence = found
    said = getattr(error, "orig", error)
    sentence = _SQLSTATES.get(getattr(said, "sqlstate", None) or "", sentence)
    return code, _one_line(sentence.format(said))


def _usage(error: _UsageError) -> str:
    path = getattr(getattr(error, "ctx", None), "command_path", "devoured")
    message = _one_line(error.format_message()).replace(": Value error, ", ": ")
    return f"{message.removesuffix('.')}. See {path} --help."


def _with_places(detail: str, errors: tuple[FieldError, ...]) -> str:
    """Add the places: `The digest is not UTF-8; save it as UTF-8. (line 3: byte 0xff)`."""
    places = [f"{place.pointer}: {place.detail}" for place in errors[:_SHOWN]]
    if len(errors) > _SHOWN:
        places.append(f"and {len(errors) - _SHOWN} more")
    return f"{detail} ({'; '.join(places)})" if places else detail


def _one_line(text: str) -> str:
    return " ".join(text.split())
