"""What the tests of resending share: asking for it, and what must be so where it is refused."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.actors import Actor, ActorKind
from app.delivery.resend import resend
from app.delivery.send import Sender, send_batch
from app.errors import AppError, Conflict
from app.in_words import message_of
from app.language import speaking
from app.models import (
    Batch,
    Delivery,
    Issue,
    Resend,
    Subscriber,
)

_ENGLISH: Final = re.compile(r"\b(they|their|it|this|issue|reader|sent|say so)\b", re.IGNORECASE)

DESK: Final = Actor(ActorKind.KEY, "support desk", 1)


def send_all(sender: Sender) -> None:
    while send_batch(sender):
        pass


def row_of(session: Session, reader: Subscriber) -> Delivery:
    session.expire_all()
    return session.scalars(select(Delivery).where(Delivery.subscriber_id == reader.id)).one()


def ask(session: Session, issue: Issue, reader: Subscriber, now: datetime, **how: Any) -> None:
    resend(session, DESK, issue.id, reader.id, now, **how)
    session.commit()


@contextmanager
def refused(
    session: Session, kind: type[AppError] = Conflict, match: str | None = None
) -> Iterator[None]:
    """Check that nothing is written where a resend is refused, and that German says why."""
    before = session.scalar(select(func.count()).select_from(Batch))
    with pytest.raises(kind, match=match) as found:
        yield
    with speaking("de"):
        assert not _ENGLISH.search(message_of(found.value))
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Batch)) == before
    assert session.scalar(select(func.count()).select_from(Resend)) == 0
