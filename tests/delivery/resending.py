"""What the tests of resending share: asking for it, and what must be so where it is refused."""

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
from app.errors import Conflict
from app.models import (
    Batch,
    Delivery,
    Issue,
    Resend,
    Subscriber,
)

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
    session: Session, kind: type[Exception] = Conflict, match: str | None = None
) -> Iterator[None]:
    """Check that nothing is written where a resend is refused."""
    before = session.scalar(select(func.count()).select_from(Batch))
    with pytest.raises(kind, match=match):
        yield
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Batch)) == before
    assert session.scalar(select(func.count()).select_from(Resend)) == 0
