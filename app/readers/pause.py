"""Pauses: until a day that a reader names, on their own clocks."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.errors import FieldError, InvalidInput
from app.models import Subscriber
from app.publication.publication import get_publication
from app.readers.consent import Origin
from app.readers.subscribers import change_preferences

LONGEST_PAUSE: Final = timedelta(days=366)


def pause_for_days(
    session: Session, reader: Subscriber, days: int, now: datetime, origin: Origin
) -> None:
    """Pause a reader's mail for so many days on their own clocks, or end their pause with 0.

    Raises:
        InvalidInput: it is for more than a year.
    """
    ends_at = None
    if days:
        zone = reader.time_zone or get_publication(session).time_zone
        first = resume_day(now, zone) + timedelta(days=days - 1)
        ends_at = pause_end(first, zone, now)
    change_preferences(session, None, reader.id, {"paused_until": ends_at}, now, origin)


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
