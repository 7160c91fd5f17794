"""Parse numbers in addresses, hours and dates strictly, since they come from outside as text.

Python reads digits of any script, refuses numbers of more than 4,300 of them, and has no date after
the year 9999; PostgreSQL has no number beyond 64 bits. Here is where all of that is bounded.
"""

import re
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from starlette.convertors import Convertor, register_url_convertor

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_HOUR: Final = re.compile(r"[01]?\d|2[0-3]", re.ASCII)


class _Number(Convertor[int]):
    """Digits, as many as `regex` takes; an address with more is none of ours."""

    def convert(self, value: str) -> int:
        """Return the number."""
        return int(value)

    def to_string(self, value: int) -> str:
        """Return the number as it stands in an address."""
        return str(value)


class _Id(_Number):
    """The number of a row: fewer digits than the largest bigint has, so that each of them fits."""

    regex = "[0-9]{1,18}"


class _Year(_Number):
    """A year as calendars have it."""

    regex = "[0-9]{4}"


class _Month(_Number):
    """A month, or what looks like one."""

    regex = "[0-9]{2}"


def register_convertors() -> None:
    """Make `{name:id}`, `{name:year}` and `{name:month}` known to the routes.

    Starlette's own `int` breaks on more digits than Python takes for a number.
    """
    register_url_convertor("id", _Id())
    register_url_convertor("year", _Year())
    register_url_convertor("month", _Month())


def hour_of(text: str) -> int:
    """Return the hour in a form, 0 to 23.

    Raises:
        ValueError: it is none.
    """
    if not _HOUR.fullmatch(text):
        raise ValueError("no hour")
    return int(text)


def day_of(text: str) -> date:
    """Return the day in a form, as 2026-12-01.

    Raises:
        ValueError: it is none.
    """
    if not _DAY.fullmatch(text):
        raise ValueError("no day")
    return date.fromisoformat(text)


def http_date(text: str) -> datetime | None:
    """Return the instant in a header, in UTC; None if it is none. Source: RFC 9110 5.6.7."""
    try:
        parsed = parsedate_to_datetime(text)
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None
