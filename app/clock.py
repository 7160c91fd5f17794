"""The one place that asks the machine what time it is; everything else is handed `now`."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

Clock = Callable[[], datetime]

CLOCKS_APART: Final = timedelta(minutes=5)
"""How far apart the clocks of our machines may be; SES takes nothing from one further off."""


def system_clock() -> datetime:
    """Return the present instant, aware, in UTC."""
    return datetime.now(UTC)
