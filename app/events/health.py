"""Health: whether the stream of Events is whole, measured and not trusted.

That no Event came for a lost Call means something only while every mail that SES said it accepted
at about that time has had one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Subquery,
    exists,
    func,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.delivery.timing import USUAL
from app.enums import CallState, EventKind, EventState
from app.events.ours import count_foreign
from app.events.unreadable import count_unreadable
from app.models import AcceptedBy, Call, Delivery, Event, Issue, Letter

BACKLOG: Final = USUAL.backlog
"""How long a stored Event may go unapplied before the stream counts as late."""


@dataclass(frozen=True)
class Health:
    """How much of what SES accepted between two instants was heard of.

    `n_accepted` mails of Issues and Letters were accepted by SES's own answer, `n_heard` of them
    had an Event of any kind. `oldest_unheard_at` is when the first of the others was accepted. Of
    the Events that have come, `n_unapplied` are not applied yet, since `unapplied_since`, and
    `n_unreadable` of the last 30 days could not be read. As many days, `n_foreign` were about mail
    of another installation or to somebody else than the reader they name, and changed nothing.
    """

    n_accepted: int
    n_heard: int
    oldest_unheard_at: datetime | None
    n_unapplied: int
    unapplied_since: datetime | None
    last_received_at: datetime | None
    is_late: bool
    n_unreadable: int = 0
    n_foreign: int = 0

    @property
    def is_whole(self) -> bool:
        """Return whether silence means something: all of at least one were heard of, in time."""
        return is_all_heard(self.n_accepted, self.n_heard) and not self.is_late


def stream_health(
    session: Session,
    since: datetime,
    until: datetime,
    now: datetime,
    *,
    backlog: timedelta = BACKLOG,
) -> Health:
    """Return the stream's health for mails accepted from `since` to before `until`; only read.

    It costs a pass over the ledger of the Issues that were sending then.
    """
    mails = accepted_mails(session, since, until)
    first_unheard_at = func.min(mails.c.at).filter(mails.c.event_at.is_(None))
    counted = select(func.count(), func.count(mails.c.event_at), first_unheard_at)
    n_accepted, n_heard, oldest = session.execute(counted.select_from(mails)).one()
    is_new = Event.state == EventState.NEW
    unapplied_since = session.scalar(select(func.min(Event.received_at)).where(is_new))
    return Health(
        n_accepted=n_accepted,
        n_heard=n_heard,
        oldest_unheard_at=oldest,
        n_unapplied=session.scalar(select(func.count()).where(is_new)) or 0,
        unapplied_since=unapplied_since,
        last_received_at=last_heard_at(session),
        is_late=is_late(session, now, backlog),
        n_unreadable=count_unreadable(session),
        n_foreign=count_foreign(session),
    )


def last_heard_at(session: Session) -> datetime | None:
    """Return when the latest Event of a mail of ours came.

    A mail to us, which anybody can write, vouches for nothing. Until it is applied nobody knows.
    """
    of_ours = Event.kind.is_distinct_from(EventKind.RECEIVED)
    return session.scalar(select(func.max(Event.received_at)).where(of_ours))


def is_late(session: Session, now: datetime, backlog: timedelta = BACKLOG) -> bool:
    """Return whether Events wait for longer than they should, here or visibly elsewhere."""
    waits = exists().where(Event.state == EventState.NEW, Event.received_at < now - backlog)
    return bool(session.scalar(select(waits))) or _catches_up(session, now, backlog)


def is_all_heard(n_accepted: int, n_heard: int) -> bool:
    """Return whether silence means something: all of at least one mail were heard of."""
    return 0 < n_accepted == n_heard


def accepted_mails(session: Session, since: datetime, until: datetime | None = None) -> Subquery:
    """Return a query for the mails of Issues and Letters that SES's own answer accepted.

    `at` is when, from `since` to before `until`, and `event_at` when it was heard of, None for not
    yet. What only an Event proved is not among them: it would vouch for the stream that brought it.
    """

    def is_then(at: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
        return (at >= since) & (true() if until is None else at < until)

    issues = select(Delivery.at.label("at"), Delivery.event_at.label("event_at")).where(
        Delivery.issue_id.in_(_sending_between(session, since, until)),
        is_then(Delivery.at),
        Delivery.accepted_by == AcceptedBy.ANSWER,
    )
    letters = (
        select(Call.closed_at, Letter.event_at)
        .join(Letter, (Call.letter_id == Letter.id) & (Call.attempt == Letter.attempt))
        .where(
            Call.state == CallState.CLOSED,
            is_then(Call.closed_at),
            Letter.accepted_by == AcceptedBy.ANSWER,
        )
    )
    return union_all(issues, letters).subquery()


def _catches_up(session: Session, now: datetime, backlog: timedelta) -> bool:
    """Return whether old news came just now: the rest of it may still be in the queue.

    After a silence the events of a lost Call may be the last ones, when all others are heard.
    """
    old_news = exists().where(
        Event.received_at >= now - backlog,
        Event.kind.in_([EventKind.SENT, EventKind.DELIVERED]),
        Event.happened_at < Event.received_at - backlog,
    )
    return bool(session.scalar(select(old_news)))


def _sending_between(session: Session, since: datetime, until: datetime | None) -> list[int]:
    """Return the Issues of which something may have been accepted in that time."""
    ended_at = func.coalesce(Issue.sent_at, Issue.cancelled_at)
    issues = select(Issue.id).where(
        Issue.launched_at.is_not(None) if until is None else Issue.launched_at < until,
        or_(ended_at.is_(None), ended_at >= since),
    )
    return list(session.scalars(issues))
