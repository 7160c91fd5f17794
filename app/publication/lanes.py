"""The daily schedule: which instant a day's issue of a lane goes out at; pure.

A lane is the publication, for combined issues, or one Category, for issues of it alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from app.errors import FieldError, InvalidInput
from app.models import Category, Publication
from app.sentences import N_, Sentence

_SKIPPED: Final = N_("The clocks of %(zone)s skip %(local)s. Write it with its offset.")
_TWICE: Final = N_("The clocks of %(zone)s show %(local)s twice. Write it with its offset.")
FIRST_DAY: Final = date(2000, 1, 1)
LAST_DAY: Final = date(2199, 12, 31)
"""Days beyond these have no instant in every time zone, and nobody means them."""

_AROUND: Final = range(-1, 9)


@dataclass(frozen=True)
class Lane:
    """When issues of one kind go out; `weekdays` are ISO numbers, 1 is Monday."""

    category_id: int | None
    name: str
    send_time: time
    weekdays: frozenset[int]
    time_zone: str


def publication_lane(publication: Publication) -> Lane:
    """Return the lane of combined issues."""
    return Lane(
        None,
        publication.name,
        publication.send_time,
        frozenset(publication.weekdays),
        publication.time_zone,
    )


def category_lane(publication: Publication, category: Category) -> Lane:
    """Return the lane of issues of one category, which falls back to the publication's hours."""
    weekdays = publication.weekdays if category.weekdays is None else category.weekdays
    return Lane(
        category.id,
        category.name,
        category.send_time or publication.send_time,
        frozenset(weekdays),
        publication.time_zone,
    )


def lanes(publication: Publication, categories: Iterable[Category]) -> list[Lane]:
    """Return all lanes, the publication's first."""
    own = [category_lane(publication, category) for category in categories]
    return [publication_lane(publication), *own]


def check_day(day: date) -> None:
    """Raise InvalidInput for a day that no issue can be of."""
    if not FIRST_DAY <= day <= LAST_DAY:
        detail = Sentence("must be from %(first)s to %(last)s", first=FIRST_DAY, last=LAST_DAY)
        sentence = Sentence("An issue's day %(fault)s.", fault=detail)
        raise InvalidInput(sentence, [FieldError("/issued_on", detail)])


def is_send_day(lane: Lane, day: date) -> bool:
    """Return whether the lane sends on this day's weekday."""
    return day.isoweekday() in lane.weekdays


def slot(lane: Lane, day: date) -> datetime:
    """Return the instant, in UTC, at which the lane's clocks show its send time on this day.

    A time that the clocks skip is taken as the first instant after the gap; one that they show
    twice, as the first of the two. So every day has exactly one slot, and slots of later days are
    later.

    Source: Python `datetime` documentation, "fold" (PEP 495).
    """
    zone = ZoneInfo(lane.time_zone)
    wall = datetime.combine(day, lane.send_time, tzinfo=zone)
    instant = wall.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return instant
    return _end_of_gap(instant, zone)


def read_clock(time_zone: str, wall: datetime, pointer: str = "") -> datetime:
    """Return the instant, in UTC, at which the clocks of a zone show this time.

    A person means one instant: where the clocks never show the time, or show it twice, none is
    guessed. `pointer` names the field.

    Source: PEP 495.

    Raises:
        InvalidInput: the clocks skip that time, or show it twice.
    """
    zone = ZoneInfo(time_zone)
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first == second:
        return first
    local = f"{wall:%Y-%m-%d %H:%M}"
    if first.astimezone(zone).replace(tzinfo=None) != wall:
        form, detail = _SKIPPED, Sentence("is a time that clocks skip")
    else:
        form, detail = _TWICE, Sentence("is a time that clocks show twice")
    sentence = Sentence(form, zone=time_zone, local=local)
    raise InvalidInput(sentence, [FieldError(pointer, detail)])


def local_day(time_zone: str, now: datetime) -> date:
    """Return the day that the clocks of a zone show."""
    return now.astimezone(ZoneInfo(time_zone)).date()


def next_slot(lane: Lane, now: datetime) -> tuple[date, datetime] | None:
    """Return the lane's next send day and slot after `now`; None for a lane without weekdays."""
    return next(((day, at) for day, at in slots_around(lane, now) if at > now), None)


def slots_around(lane: Lane, now: datetime) -> list[tuple[date, datetime]]:
    """Return the lane's send days and slots from yesterday until in a week, in order.

    Every weekday is still to come among them, in any time zone and at any reader's hour.
    """
    today = local_day(lane.time_zone, now)
    days = (today + timedelta(days=ahead) for ahead in _AROUND)
    return [(day, slot(lane, day)) for day in days if is_send_day(lane, day)]


def _end_of_gap(after: datetime, zone: ZoneInfo) -> datetime:
    """Return the first instant with the new offset; `after` is within a day after the change."""
    low, high = after - timedelta(days=1), after + timedelta(days=1)
    old = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        if middle.astimezone(zone).utcoffset() == old:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)
