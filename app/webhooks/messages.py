"""What webhooks were told and are to be told: samples, replays, the log, and forgetting it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from secrets import randbelow
from typing import Final

from sqlalchemy import ColumnElement, Row, and_, delete, func, select, text, update
from sqlalchemy.orm import Session

from app.actors import Actor, Verb
from app.audit import record
from app.db.session import enqueue_after_commit
from app.errors import FieldError, InvalidInput
from app.models import (
    MessageState,
    OutboxEntry,
    OutboxKind,
    Webhook,
    WebhookAttempt,
    WebhookMessage,
)
from app.public_ids import LAST
from app.sentences import Sentence
from app.webhooks.endpoints import get_webhook, refuse_disabled
from app.webhooks.fan_out import tell_again
from app.webhooks.names import entry_of
from app.webhooks.retries import LEASED_FOR, LONGEST_WAIT, TRIED_FOR

_APART: Final = timedelta(minutes=5)
"""So far clocks may be apart that are right."""

MAX_IDS: Final = 100
"""So many messages may be named for a replay."""

_PAGE: Final = 10_000
"""So many messages are forgotten in one transaction."""

_REMOVED: Final = text("""
    WITH RECURSIVE told AS (
        (SELECT webhook_id AS id FROM webhook_messages ORDER BY webhook_id LIMIT 1)
        UNION ALL
        SELECT (
            SELECT webhook_id FROM webhook_messages
            WHERE webhook_id > told.id ORDER BY webhook_id LIMIT 1
        )
        FROM told WHERE told.id IS NOT NULL
    )
    SELECT id FROM told
    WHERE id IS NOT NULL AND NOT EXISTS (SELECT FROM webhooks WHERE webhooks.id = told.id)
    LIMIT 1
""")


def send_sample(
    session: Session, actor: Actor, webhook_id: int, kind: OutboxKind, now: datetime
) -> WebhookMessage:
    """Queue a sample of this kind, which says that it is one; told as all others are.

    Raises:
        NotFound: there is no such webhook.
        WrongState: it is stopped.
    """
    webhook = get_webhook(session, webhook_id, lock=True)
    refuse_disabled(webhook)
    message = WebhookMessage(
        webhook_id=webhook.id,
        kind=kind,
        at=now,
        subject_id=randbelow(LAST),
        state=MessageState.WAITING,
        created_at=now,
        due_at=webhook.created_at,  # before all that waits
    )
    webhook.rests_until = None
    session.add(message)
    record(session, actor, Verb.SEND_SAMPLE, webhook, now, after={"kind": kind.value})
    enqueue_after_commit(session, "tell_webhooks")
    return message


def replay(
    session: Session,
    actor: Actor,
    webhook_id: int,
    now: datetime,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    messages: Sequence[str] = (),
) -> int:
    """Tell again what was told or passed by, by the same ids; return how many messages.

    They are those of a time, or those that are named by their `webhook-id`. What the outbox has
    forgotten is not told again.

    Raises:
        InvalidInput: neither or both are given, or a name is none.
        NotFound: there is no such webhook.
        WrongState: it is stopped.
    """
    if (since is None) == (not messages):
        sentence = Sentence("Say since when, or which messages: one of the two.")
        raise InvalidInput(sentence, [FieldError("/since", sentence)])
    if since is not None and until is not None and until <= since:
        sentence = Sentence("The end must be after the begin.")
        raise InvalidInput(sentence, [FieldError("/until", sentence)])
    entries = [entry_of(place, name) for place, name in enumerate(messages)]
    webhook = get_webhook(session, webhook_id, lock=True)
    refuse_disabled(webhook)
    n = tell_again(session, webhook, now, since=since, until=until, entries=entries)
    record(session, actor, Verb.REPLAY_WEBHOOK, webhook, now, after={"n_messages": n})
    enqueue_after_commit(session, "tell_webhooks")
    return n


def attempts_of(
    session: Session, webhook_id: int, *, limit: int, before: int | None = None
) -> Sequence[Row[WebhookAttempt, WebhookMessage, int | None]]:
    """Return the last attempts with their messages and their entries' public ids, newest first."""
    get_webhook(session, webhook_id)
    query = (
        select(WebhookAttempt, WebhookMessage, OutboxEntry.public_id)
        .join(WebhookMessage, WebhookMessage.id == WebhookAttempt.message_id)
        .outerjoin(OutboxEntry, OutboxEntry.id == WebhookMessage.entry_id)
        .where(WebhookAttempt.webhook_id == webhook_id)
        .order_by(WebhookAttempt.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(WebhookAttempt.id < before)
    return session.execute(query).all()


def n_waiting(session: Session, webhook_id: int) -> int:
    """Return how many messages wait to be told."""
    query = select(func.count()).where(
        WebhookMessage.webhook_id == webhook_id, WebhookMessage.state == MessageState.WAITING
    )
    return session.scalar(query) or 0


def forget_messages(session: Session, before: datetime, limit: int = _PAGE) -> int:
    """Forget at most `limit` messages of entries from before that instant; return how many.

    Their attempts go with them.
    """
    return _forget(session, WebhookMessage.at < before, limit)


def forget_removed(session: Session, limit: int = _PAGE) -> int:
    """Forget at most `limit` messages of a webhook that was removed; return how many.

    Their attempts go with them. 0: there are none of any. What is handed on to one while it is
    removed is found as well, later.
    """
    removed = session.scalar(_REMOVED)
    if removed is None:
        return 0
    return _forget(session, WebhookMessage.webhook_id == removed, limit)


def _forget(session: Session, which: ColumnElement[bool], limit: int) -> int:
    some = select(WebhookMessage.id).where(which).limit(limit)
    gone = delete(WebhookMessage).where(WebhookMessage.id.in_(some)).returning(WebhookMessage.id)
    return len(session.scalars(gone).all())


def mend_times(session: Session, now: datetime) -> None:
    """Bring back what stands so far in the future that only a clock that was wrong put it there."""
    for column, longest in (
        (Webhook.rests_until, LONGEST_WAIT),
        (Webhook.leased_until, LEASED_FOR),
    ):
        ahead = update(Webhook).where(column > now + longest + _APART)
        session.execute(ahead.values({column: None}))
    is_ahead = WebhookMessage.due_at > now + TRIED_FOR + _APART
    waiting = and_(WebhookMessage.state == MessageState.WAITING, is_ahead)
    session.execute(update(WebhookMessage).where(waiting).values(due_at=now, created_at=now))
