"""Pauses: until a day that a reader names, on their own clocks."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from app.errors import FieldError, InvalidInput

LONGEST_PAUSE: Final = timedelta(days=366)


def pause_end(day: date, time_zone: str, now: datetime) -> datetime:
    """Return when that day begins by the clocks of `time_zone`, in UTC; mail comes again then.

    Raises:
        InvalidInput: it is not in the future, or more than a year away.
    """
    ends_at = datetime.combine(day, time(), ZoneInfo(time_zone)).astimezone(UTC)
    if not now < ends_at <= now + LONGEST_PAUSE:
        sentence = "Please choose a day from tomorrow on, at most a year away."
        raise InvalidInput(sentence, [FieldError("/until", sentence)])
    return ends_at


def resume_day(paused_until: datetime, time_zone: str) -> date:
    """Return the first day on which mail comes again, by the clocks of `time_zone`."""
    local = paused_until.astimezone(ZoneInfo(time_zone))
    return local.date() if local.time() == time() else local.date() + timedelta(days=1)
