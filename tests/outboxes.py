"""What stands in the outbox, for tests of whatever writes it."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import MessageState, OutboxEntry, OutboxKind, Webhook, WebhookMessage
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


def told_of(session: Session, at: datetime, name: str = "") -> WebhookMessage:
    """Add a webhook, and what it was told of an entry of then."""
    url = f"https://hooks.example.org/{name}"
    webhook = Webhook(url=url, kinds=[], secret=b"s", created_at=at)
    session.add(webhook)
    session.flush()
    message = WebhookMessage(
        webhook_id=webhook.id,
        entry_id=1,
        subject_id=1,
        **dict.fromkeys(("at", "created_at", "due_at"), at),
        kind=OutboxKind.ISSUE_SENT,
        state=MessageState.FAILED,
    )
    session.add(message)
    return message
