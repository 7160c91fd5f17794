"""Where a Letter went is kept for `letter_days`, in which its bounce can still come."""

from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, cast, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from app.enums import DeliveryState
from app.models import Letter

AT_ONCE: Final = 5_000
"""Letters that one transaction empties."""

_ON_THEIR_WAY: Final = (DeliveryState.QUEUED, DeliveryState.SENDING)


def says_where_it_went(before: datetime) -> ColumnElement[bool]:
    """Return the condition of Letters of before that instant that still say where they went."""
    return and_(
        Letter.created_at < before,
        Letter.state.not_in(_ON_THEIR_WAY),
        or_(
            Letter.address.is_not(None),
            Letter.mailbox.is_not(None),
            Letter.facts != cast({}, JSONB),
        ),
    )


def forget_where_letters_went(session: Session, before: datetime) -> int:
    """Empty what is personal of at most `AT_ONCE` old Letters; return of how many.

    That one was sent, of which kind, to which reader and what became of it stays.
    """
    ids = session.scalars(
        select(Letter.id).where(says_where_it_went(before)).order_by(Letter.id).limit(AT_ONCE)
    ).all()
    session.execute(
        update(Letter)
        .where(Letter.id.in_(ids))
        .values(address=None, mailbox=None, facts={})
        .execution_options(synchronize_session=False)
    )
    return len(ids)
