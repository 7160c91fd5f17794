"""Choice: what a reader chose, in words, and when an issue reaches them by it."""

from collections.abc import Iterable, Sequence
from datetime import datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.delivery.next_issue import next_issue_for
from app.delivery.warm_up import has_ceiling
from app.delivery.waves import arrivals
from app.in_words import coming_day, listing, weekday
from app.language import gettext
from app.models import Category, Publication, Subscriber
from app.publication.categories import open_categories
from app.publication.lanes import category_lane, slots_around
from app.publication.publication import get_publication
from app.rendering.inputs import ChoiceFacts
from app.rendering.views import DEPTH_WORDS

_A_WEEK: Final = 7
_WORKING_DAYS: Final = frozenset(range(1, 6))


def choice_of(session: Session, reader: Subscriber, now: datetime) -> ChoiceFacts:
    """Return what this reader gets of open categories, and when; reads only.

    It goes by the days and times that are set, at the reader's own hour: an issue may be put off,
    or have nothing for them; in a warm-up it may leave them out. The day of the first one is that
    of `next_issue_for`.
    """
    publication = get_publication(session)
    followed = [one for one in open_categories(session) if one.mask & reader.follows]
    if not followed:
        return ChoiceFacts()
    zone = reader.time_zone or publication.time_zone
    coming = [
        (
            names,
            [
                at.astimezone(ZoneInfo(zone))
                for at in arrivals(session, reader.id, slots)
                if at > now  # that of an issue which goes out already may be still to come
            ],
        )
        for names, slots in _slots(publication, followed, now)
    ]
    first = next_issue_for(session, reader, now)
    return ChoiceFacts(
        what=f"{listing([one.name for one in followed])}, {gettext(DEPTH_WORDS[reader.depth])}",
        when=_when(coming, zone),
        first="" if first is None else coming_day(first),
        may_wait=first is None and has_ceiling(session, now),
    )


def _slots(
    publication: Publication, categories: Iterable[Category], now: datetime
) -> list[tuple[list[str], list[datetime]]]:
    """Return the names of categories that come out together, and their times around now."""
    found: dict[tuple[frozenset[int], time], tuple[list[str], list[datetime]]] = {}
    for category in categories:
        lane = category_lane(publication, category)
        key = lane.weekdays, lane.send_time
        slots = [at for _, at in slots_around(lane, now)]
        found.setdefault(key, ([], slots))[0].append(category.name)
    return list(found.values())


def _when(coming: Sequence[tuple[list[str], list[datetime]]], zone: str) -> str:
    """Return `Monday to Friday at 07:00 (Europe/Vienna)`; with names where categories differ."""
    parts = [(names, times) for names, times in coming if times]
    said = [
        f"{listing(names)} {_days_and_time(times)}" if len(parts) > 1 else _days_and_time(times)
        for names, times in parts
    ]
    return f"{'; '.join(said)} ({zone})" if len(parts) == len(coming) else ""


def _days_and_time(times: Sequence[datetime]) -> str:
    first_of = {at.isoweekday(): at for at in reversed(times)}
    days = [weekday(first_of[day]) for day in sorted(first_of)]
    if len(days) == _A_WEEK:
        words = gettext("every day at %(time)s")
    elif first_of.keys() == _WORKING_DAYS:
        words = gettext("Monday to Friday at %(time)s")
    else:
        words = gettext("on %(days)s at %(time)s")
    return words % {"days": listing(days), "time": f"{times[0]:%H:%M}"}
