"""The sentence that tells a reader what comes next, the same on every page.

So no two pages contradict each other, and none promises a mail that is not sent.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.delivery.eligibility import is_suppressed, pauses
from app.delivery.next_issue import next_issue_for
from app.delivery.warm_up import has_ceiling
from app.enums import SubscriberState
from app.models import Subscriber
from app.pages.language import coming_day, gettext, listing, long_date, unbroken
from app.publication.categories import shown_categories
from app.publication.publication import get_publication
from app.readers.pause import resume_day


@dataclass(frozen=True)
class NextMail:
    """The sentence; whether they may be written to at all; and the first day after a pause."""

    says: str
    may_come: bool
    resumes_on: date | None = None


def coming(session: Session, reader: Subscriber, now: datetime) -> NextMail:
    """Return what comes to this reader as they are now."""
    if session.scalar(select(Subscriber.id).where(Subscriber.id == reader.id, is_suppressed())):
        return NextMail(
            gettext(
                "No issue comes to you: mail to this address came back, or was marked as unwanted."
                " Please sign up with another."
            ),
            may_come=False,
        )
    match reader.state:
        case SubscriberState.ACTIVE:
            return _to_a_reader(session, reader, now)
        case SubscriberState.PENDING:
            says = gettext("No issue comes to you: you have not confirmed yet.")
        case _:
            says = gettext("No issue comes to you: you have left.")
    return NextMail(says, may_come=True)


def _to_a_reader(session: Session, reader: Subscriber, now: datetime) -> NextMail:
    zone = reader.time_zone or get_publication(session).time_zone
    if reader.silent_at is not None:
        says = gettext(
            "No issue comes to you: we saw no sign of you for long, and when we asked whether you"
            " still read us, we heard nothing."
        )
        return NextMail(says, may_come=True)
    if pauses(reader, now):
        day = resume_day(reader.paused_until or now, zone)
        says = gettext("No issue comes to you until %(day)s.") % {"day": unbroken(long_date(day))}
        return NextMail(says, may_come=True, resumes_on=day)
    at = next_issue_for(session, reader, now)
    if at is None and has_ceiling(session, now):
        says = gettext(
            "For now each issue goes to only some of our readers: you get the next one that has"
            " something for you and a place left."
        )
        return NextMail(says, may_come=True)
    return NextMail(_next(reader, zone, at), may_come=True)


def _next(reader: Subscriber, zone: str, at: datetime | None) -> str:
    """Return what comes to who may be written to, and when, as well as anybody knows."""
    if at is not None:
        return gettext(
            "You get the next issue that has something for you:"
            " it is due on %(day)s at %(time)s (%(zone)s)."
        ) % {"day": unbroken(coming_day(at)), "time": f"{at:%H:%M}", "zone": zone}
    if reader.hour is None:
        return gettext("You get the next issue that has something for you, as it comes out.")
    says = gettext("You get the next issue that has something for you, at %(hour)s (%(zone)s).")
    return says % {"hour": f"{reader.hour:02}:00", "zone": zone}


def followed(session: Session, reader: Subscriber) -> str:
    """Return what this reader follows, and how deep, in a sentence; empty where it is hidden."""
    names = [one.name for one in shown_categories(session) if one.mask & reader.follows]
    if not names:
        return ""
    says = gettext("You follow %(names)s, at the depth “%(depth)s”.")
    return says % {"names": listing(names), "depth": gettext(reader.depth.value.capitalize())}
