"""Notices: keep what is wrong from its begin to its end, so that a restart tells nothing twice."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.models import Installation, Notice
from app.sentences import Sentence, kept, said_again
from app.watch.alerts import Alert, find_alerts, is_known
from app.watch.figures import Figures
from app.watch.rules import RULES

EVERY: Final = timedelta(seconds=60)
"""How often is looked, whichever process does it."""

REMINDED: Final = timedelta(hours=24)
"""After which what is still wrong is told again."""

KEPT: Final = timedelta(days=30)
"""How long what has ended is kept."""

_EARLY: Final = timedelta(seconds=15)
"""By how much a look may come before its time: processes do not count the same seconds."""

_MOST: Final = 200


class Way(StrEnum):
    """A way by which notices are told."""

    WEBHOOK = "webhook"
    MAIL = "mail"


_TOLD_AT: Final[dict[Way, InstrumentedAttribute[datetime | None]]] = {
    Way.WEBHOOK: Notice.webhook_at,
    Way.MAIL: Notice.mail_at,
}


def begin_look(session: Session, now: datetime) -> bool:
    """Return whether it is this process's turn to look; then it is nobody else's for a while."""
    last = Installation.watched_at
    is_due = or_(last.is_(None), last <= now - EVERY + _EARLY, last > now)
    taken = update(Installation).where(is_due).values(watched_at=now).returning(Installation.id)
    return session.scalar(taken) is not None


def note_figures(session: Session, figures: Figures) -> None:
    """Open a Notice for each alert that is new, and end those of what is well again.

    What ends before it has held for its time leaves nothing. One whose figures cannot be read goes
    on: nobody knows. Those that ended long ago are forgotten.
    """
    now = figures.now
    is_open = select(Notice).where(Notice.ended_at.is_(None)).with_for_update()
    left = {(one.name, one.about): one for one in session.scalars(is_open)}
    for alert in find_alerts(figures, RULES):
        notice = left.pop((alert.rule.name, alert.about), None)
        if notice is None:
            session.add(notice_of(alert, now))
        else:
            notice.sentence = kept(alert.sentence)
    unknown = {rule.name for rule in RULES if not is_known(rule, figures)}
    for notice in left.values():
        if notice.name in unknown:
            continue
        if notice.tells_at > now:
            session.delete(notice)
        else:
            notice.ended_at = now
    session.execute(delete(Notice).where(Notice.ended_at < now - KEPT))


def notice_of(alert: Alert, now: datetime) -> Notice:
    """Return a Notice of what was just found."""
    return Notice(
        name=alert.rule.name,
        about=alert.about,
        is_critical=alert.rule.is_critical,
        sentence=kept(alert.sentence),
        since=alert.since,
        begun_at=now,
        tells_at=now + alert.rule.holds,
    )


def list_open(session: Session, now: datetime) -> Sequence[Notice]:
    """Return what is wrong and has held for its time, the critical and the oldest first."""
    query = select(Notice).where(Notice.ended_at.is_(None), Notice.tells_at <= now)
    return session.scalars(
        query.order_by(Notice.is_critical.desc(), Notice.since, Notice.id).limit(_MOST)
    ).all()


def list_ended(session: Session, since: datetime) -> Sequence[Notice]:
    """Return what has ended since then, the last first."""
    query = select(Notice).where(Notice.ended_at > since)
    return session.scalars(query.order_by(Notice.ended_at.desc(), Notice.id).limit(_MOST)).all()


def list_told(
    session: Session, now: datetime, *, limit: int, before: int, is_open: bool | None = None
) -> Sequence[Notice]:
    """Return what has held for its time, by the newest numbers before that one.

    `is_open` leaves out what has ended, or what has not. What has ended is kept for 30 days.
    """
    query = select(Notice).where(Notice.tells_at <= now, Notice.id < before)
    if is_open is not None:
        query = query.where(Notice.ended_at.is_(None) if is_open else Notice.ended_at.is_not(None))
    return session.scalars(query.order_by(Notice.id.desc()).limit(limit)).all()


def last_look(session: Session) -> datetime | None:
    """Return when a process last looked; None while none has."""
    return session.scalars(select(Installation.watched_at)).one()


def list_due(session: Session, way: Way, now: datetime) -> Sequence[Notice]:
    """Return what has to be told by a way: what is new, still wrong after a day, or over."""
    query = select(Notice).where(_is_due(_TOLD_AT[way], now))
    return session.scalars(query.order_by(Notice.since, Notice.id).limit(_MOST)).all()


def note_told(session: Session, way: Way, notices: Sequence[Notice], now: datetime) -> None:
    """Keep that these were told by a way."""
    told = update(Notice).where(Notice.id.in_([one.id for one in notices]))
    session.execute(told.values({_TOLD_AT[way]: now}))


def told_at(notice: Notice, way: Way) -> datetime | None:
    """Return when a notice was last told by a way; None while it was not."""
    return {Way.WEBHOOK: notice.webhook_at, Way.MAIL: notice.mail_at}[way]


def sentence_of(notice: Notice) -> Sentence:
    """Return what is wrong, in a sentence that a page may translate."""
    return said_again(notice.sentence)


def _is_due(told_at: InstrumentedAttribute[datetime | None], now: datetime) -> ColumnElement[bool]:
    is_new = or_(told_at.is_(None), told_at <= now - REMINDED)
    return or_(
        and_(Notice.ended_at.is_(None), Notice.tells_at <= now, is_new),
        Notice.ended_at > told_at,
    )
