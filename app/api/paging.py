"""Keyset pages: a cursor is where the last page ended, so pages neither skip nor repeat.

What comes in or goes while somebody turns pages moves nothing; every page costs the same.
"""

import base64
import json
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Final

from fastapi import Query

from app.errors import FieldError, InvalidInput

MAX_LIMIT: Final = 200
_MAX_CURSOR: Final = 120
_MAX_INT: Final = 2**63 - 1

Limit = Annotated[int, Query(description="At most so many.", ge=1, le=MAX_LIMIT)]
After = Annotated[
    str | None,
    Query(
        description="The `next` of the page before; without it, the first page.",
        max_length=_MAX_CURSOR,
        examples=["WzE3XQ"],
    ),
]


def cursor_of(*values: int) -> str:
    """Return an opaque text that `read_cursor` turns into these values again."""
    packed = json.dumps(values, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def read_cursor(cursor: str, n_values: int) -> Sequence[int]:
    """Return the values of a cursor, each of them a whole number that PostgreSQL can hold.

    Raises:
        InvalidInput: it is not one of ours.
    """
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError):
        values = None
    if not _fit(values, n_values) or cursor_of(*values) != cursor:
        wrong = [FieldError("query after", "is not a `next` of ours")]
        raise InvalidInput("That is no place to go on from.", wrong)
    return [int(value) for value in values]


def read_day(cursor: str) -> tuple[date, int]:
    """Return the day and the number that a cursor of days ends with.

    Raises:
        InvalidInput: it is not one of ours.
    """
    day, issue_id = read_cursor(cursor, 2)
    try:
        return date.fromordinal(day), issue_id
    except (ValueError, OverflowError):
        wrong = [FieldError("query after", "is not a `next` of ours")]
        raise InvalidInput("That is no place to go on from.", wrong) from None


def _fit(values: object, n_values: int) -> bool:
    return (
        isinstance(values, list)
        and len(values) == n_values
        and all(type(value) is int and 0 <= value <= _MAX_INT for value in values)
    )
