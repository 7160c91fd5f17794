"""Whose a link is: the Subscriber it was made for, or the one who took that address over."""

from typing import Final

from sqlalchemy.orm import Session

from app.models import Subscriber

_MOST_MOVES: Final = 20


def current_reader(session: Session, subscriber_id: int, *, lock: bool = True) -> Subscriber | None:
    """The Subscriber as they are now, locked unless told not to; None if there never was one.

    A person who joined two of their addresses goes by either's links: no old mail may become a
    mail that cannot be left.
    """
    for _ in range(_MOST_MOVES):
        reader = session.get(Subscriber, subscriber_id, with_for_update=lock)
        if reader is None or reader.moved_to_id is None:
            return reader
        subscriber_id = reader.moved_to_id
    return None
