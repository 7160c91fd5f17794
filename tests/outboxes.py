"""What stands in the outbox, for tests of whatever writes it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import OutboxEntry
from app.webhooks.catalogue import check


def published(session: Session) -> list[str]:
    """Return the kinds that were published, in order; each entry fits the catalogue of events."""
    entries = session.scalars(select(OutboxEntry).order_by(OutboxEntry.id)).all()
    for entry in entries:
        check(entry)
    return [one.kind.value for one in entries]


def last_entry(session: Session) -> OutboxEntry:
    """Return what was published last."""
    entry = session.scalars(select(OutboxEntry).order_by(OutboxEntry.id.desc()).limit(1)).one()
    check(entry)
    return entry
