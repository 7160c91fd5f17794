"""Signs: when a reader last showed that a person reads, and wants, what we send.

Signs are acts on one's own account (confirmed, saved, came back, answered) and, where clicks are
kept per reader, a link that a person followed. An open is none: programs fetch pictures, too.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.models import ReaderSign, Subscriber
from app.outbox import publish_changed

ONCE_IN: Final = timedelta(days=1)
"""How long after a sign another one is not written down: a reader's row changes once a day."""


def note_sign(session: Session, subscriber_id: int, now: datetime) -> None:
    """Note that this Subscriber is a person who wants this; nothing within a day of the last sign.

    The caller has locked the Subscriber, so that nothing is noted of who is being erased.
    """
    row = insert(ReaderSign).values(subscriber_id=subscriber_id, last_at=now)
    session.execute(
        row.on_conflict_do_update(
            index_elements=["subscriber_id"],
            set_={"last_at": now, "before_at": ReaderSign.last_at},
            where=ReaderSign.last_at <= now - ONCE_IN,
        )
    )


def show_sign(session: Session, subscriber: Subscriber, now: datetime) -> None:
    """Note an act of a Subscriber on their own account, who is locked; a pause for silence ends."""
    note_sign(session, subscriber.id, now)
    if subscriber.silent_at is not None:
        subscriber.silent_at = None
        publish_changed(session, subscriber, ["silent_at"], now)


def take_back_sign(session: Session, subscriber_id: int, since: datetime) -> None:
    """Let the sign that was noted since this instant be none: a machine's, as it turned out."""
    mine = (ReaderSign.subscriber_id == subscriber_id, ReaderSign.last_at >= since)
    session.execute(delete(ReaderSign).where(*mine, ReaderSign.before_at.is_(None)))
    session.execute(
        update(ReaderSign).where(*mine).values(last_at=ReaderSign.before_at, before_at=None)
    )


def forget_signs(session: Session, subscriber_ids: Sequence[int]) -> None:
    """Forget when these Subscribers showed a sign; that they confirmed stays theirs."""
    session.execute(delete(ReaderSign).where(ReaderSign.subscriber_id.in_(subscriber_ids)))


def last_sign() -> ColumnElement[datetime | None]:
    """Return the last sign of a Subscriber, for a query that joins ReaderSign; to the day.

    Who showed none yet showed one by confirming. Of an imported reader that may be long ago, as
    the file said; NULL is of who never confirmed.
    """
    return func.greatest(ReaderSign.last_at, Subscriber.confirmed_at)


def last_signs(session: Session, subscribers: Collection[Subscriber]) -> dict[int, datetime | None]:
    """Return the last sign of each of these Subscribers, by its id."""
    found = session.execute(
        select(Subscriber.id, last_sign())
        .outerjoin(ReaderSign, ReaderSign.subscriber_id == Subscriber.id)
        .where(Subscriber.id.in_([one.id for one in subscribers]))
    )
    return {row[0]: row[1] for row in found}


def last_sign_of(session: Session, subscriber: Subscriber) -> datetime | None:
    """Return the last sign of this Subscriber, as `last_sign`."""
    return last_signs(session, [subscriber])[subscriber.id]
