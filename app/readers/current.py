"""Find the reader that a link names, as they are now, with the addresses they took over."""

from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Subscriber
from app.tokens import TokenSubject

_MOST_MOVES: Final = 20


def subscriber_id_of(session: Session, subject: TokenSubject) -> int:
    """Return the id of the Subscriber whom a link names; reads only.

    It is 0, which is nobody's, where nobody here is named so or the link is older than who is.
    """
    found = session.execute(
        select(Subscriber.id, Subscriber.created_at).where(Subscriber.public_id == subject.subject)
    ).one_or_none()
    if found is None or not subject.may_be(found.created_at):
        return 0
    subscriber_id: int = found.id
    return subscriber_id


def current_reader(session: Session, subscriber_id: int, *, lock: bool = True) -> Subscriber | None:
    """Return the Subscriber as they are now, locked by default; None if there never was one.

    A person who joined two of their addresses can use the links of both: no old mail may become a
    mail that cannot be left.
    """
    for _ in range(_MOST_MOVES):
        reader = session.get(
            Subscriber, subscriber_id, with_for_update=lock, populate_existing=lock
        )
        if reader is None or reader.moved_to_id is None:
            return reader
        subscriber_id = reader.moved_to_id
    return None


def is_before(made_at: datetime | None, since: datetime | None) -> bool:
    """Return whether a link was made before something happened; a link knows only its second."""
    return bool(made_at and since and made_at < since.replace(microsecond=0))


def all_ids_of(session: Session, subscriber_id: int) -> list[int]:
    """Return this Subscriber and those whose address they took over; all are one person."""
    joined = select(Subscriber.id).where(Subscriber.moved_to_id == subscriber_id)
    return [subscriber_id, *session.scalars(joined.order_by(Subscriber.id))]
