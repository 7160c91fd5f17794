"""What a webhook is told next: of each subject the first message, once its time has come.

What waits behind an earlier message of its subject is put off until that one's time, and comes
forward when it has ended: otherwise each lease would read all that waits behind what was refused.
Both happen while the webhook's row is locked.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.enums import SubscriberState
from app.models import (
    MessageState,
    OutboxEntry,
    OutboxKind,
    Subscriber,
    Webhook,
    WebhookMessage,
)

PAGE: Final = 500
"""So many messages that are due are looked at together."""

_PAGES: Final = 10
"""So many pages are put off in one transaction, which holds the webhook's row."""

_LOOK: Final = text("""
    WITH page AS MATERIALIZED (
        SELECT due.id, due.due_at, first.id AS first_id, first.due_at AS first_due
        FROM (
            SELECT id, subject_id, due_at FROM webhook_messages
            WHERE webhook_id = :webhook AND state = 'waiting' AND due_at <= :now
            ORDER BY due_at, id LIMIT :page
        ) due
        CROSS JOIN LATERAL (
            SELECT id, due_at FROM webhook_messages
            WHERE webhook_id = :webhook AND subject_id = due.subject_id AND state = 'waiting'
            ORDER BY id LIMIT 1
        ) first
    ), put_off AS (
        UPDATE webhook_messages SET due_at = page.first_due FROM page
        WHERE webhook_messages.id = page.id AND webhook_messages.due_at < page.first_due
    )
    SELECT id, id = first_id AS is_first FROM page ORDER BY due_at, id
""")
_FORWARD: Final = text("""
    UPDATE webhook_messages SET due_at = :now
    FROM (
        SELECT DISTINCT ON (subject_id) id FROM webhook_messages
        WHERE webhook_id = :webhook AND state = 'waiting' AND subject_id = ANY(:subjects)
        ORDER BY subject_id, id
    ) next
    WHERE webhook_messages.id = next.id AND due_at > :now
""")

Due = tuple[WebhookMessage, OutboxEntry | None]


def next_due(session: Session, webhook: Webhook, now: datetime, n: int) -> list[Due] | None:
    """Return at most `n` messages that are told now, with their entries; a sample has none.

    None: so much was put off that this transaction should end; look once more. One whose entry the
    outbox has forgotten fails, and so does what happened to a reader who is erased: only the
    erasure itself is told. Expects the webhook's row to be locked.
    """
    marks = {"webhook": webhook.id, "now": now, "page": PAGE}
    for _ in range(_PAGES):
        # A page without a first one is put off behind those that it waits for, and a first one
        # that cannot be told fails, so that the next look finds others.
        page = session.execute(_LOOK, marks).all()
        firsts = [row.id for row in page if row.is_first]
        due = _with_entries(session, firsts[:n], now)
        if due or not (firsts or len(page) == PAGE):
            return due
    return None


def bring_forward(
    session: Session, webhook: Webhook, subjects: Collection[int], now: datetime
) -> None:
    """Let the next message of these subjects be told at once: the one before it has ended."""
    if subjects:
        session.flush()
        marks = {"webhook": webhook.id, "subjects": list(subjects), "now": now}
        session.execute(_FORWARD, marks)


def _with_entries(session: Session, ids: Collection[int], now: datetime) -> list[Due]:
    query = (
        select(WebhookMessage, OutboxEntry, Subscriber.state)
        .outerjoin(OutboxEntry, OutboxEntry.id == WebhookMessage.entry_id)
        .outerjoin(Subscriber, Subscriber.public_id == OutboxEntry.reader_id)
        .where(WebhookMessage.id.in_(ids))
        .order_by(WebhookMessage.due_at, WebhookMessage.id)
    )
    due: list[Due] = []
    for message, found, state in session.execute(query):
        entry: OutboxEntry | None = found
        if _may_be_told(message, entry, state):
            due.append((message, entry))
        else:
            message.state, message.ended_at = MessageState.FAILED, now
    session.flush()
    return due


def _may_be_told(
    message: WebhookMessage, entry: OutboxEntry | None, state: SubscriberState | None
) -> bool:
    if entry is None:
        return message.entry_id is None  # a sample
    return state is not SubscriberState.ERASED or entry.kind is OutboxKind.READER_ERASED
