"""What stands in the outbox, for tests of whatever writes it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import OutboxEntry


def published(session: Session) -> list[str]:
    """Return the kinds that were published, in order."""
    return [one.value for one in session.scalars(select(OutboxEntry.kind).order_by(OutboxEntry.id))]


def last_entry(session: Session) -> OutboxEntry:
    """Return what was published last."""
    return session.scalars(select(OutboxEntry).order_by(OutboxEntry.id.desc()).limit(1)).one()
