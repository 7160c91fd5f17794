"""The days of the week, as they are written where a person types them."""

from collections.abc import Iterator
from datetime import time
from typing import Final

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""How they are written, by their ISO numbers less one."""


def read_time_and_days(text: str) -> tuple[time, frozenset[int] | None]:
    """Return the time and ISO weekdays of `07:15` or `07:15 mon,tue`; None for no days.

    Raises:
        ValueError: it is none.
    """
    clock, _, days = text.partition(" ")
    hour, minute = clock.split(":")
    if not (clock.isascii() and len(hour) == len(minute) == 2):  # noqa: PLR2004  # as 07:15
        raise ValueError(text)
    return time(int(hour), int(minute)), frozenset(_numbers(days)) if days else None


def _numbers(days: str) -> Iterator[int]:
    for day in days.split(","):
        yield WEEKDAYS.index(day.strip().lower()) + 1
