"""When issues come out, in words."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.delivery.next_issue import next_issue
from app.delivery.public import is_public
from app.models import Category, Issue, Publication
from app.pages.language import N_, coming_day, gettext, listing, unbroken
from app.publication.publication import get_publication

_DAYS: Final = (
    N_("Mondays"),
    N_("Tuesdays"),
    N_("Wednesdays"),
    N_("Thursdays"),
    N_("Fridays"),
    N_("Saturdays"),
    N_("Sundays"),
)
_WORKING_DAYS: Final = frozenset(range(1, 6))


def next_line(session: Session, now: datetime) -> str:
    """Return the sentence that says when the next issue, or the first, is due; empty if unknown."""
    at = next_issue(session, now)
    if at is None:
        return ""
    if session.scalar(select(Issue.id).where(is_public()).limit(1)) is None:
        says = gettext("The first issue is due on %(day)s at %(time)s (%(zone)s).")
    else:
        says = gettext("The next issue is due on %(day)s at %(time)s (%(zone)s).")
    zone = get_publication(session).time_zone
    return says % {"day": unbroken(coming_day(at)), "time": f"{at:%H:%M}", "zone": zone}


def usual_time(publication: Publication, categories: Sequence[Category]) -> str:
    """Return when issues come out, as `07:00`; empty where a category has hours of its own."""
    own = any(one.send_time is not None or one.weekdays is not None for one in categories)
    return "" if own else f"{publication.send_time:%H:%M}"


def schedule_line(publication: Publication, categories: Sequence[Category]) -> str:
    """Return `Monday to Friday at 07:00 (Europe/Vienna)`; nothing where issues differ."""
    days, time = frozenset(publication.weekdays), usual_time(publication, categories)
    if not days or not time:
        return ""
    if len(days) == len(_DAYS):
        when = gettext("every day at %(time)s (%(zone)s)")
    elif days == _WORKING_DAYS:
        when = gettext("Monday to Friday at %(time)s (%(zone)s)")
    else:
        when = gettext("on %(days)s at %(time)s (%(zone)s)")
    names = listing([gettext(_DAYS[day - 1]) for day in sorted(days)])
    return when % {"days": names, "time": time, "zone": publication.time_zone}
