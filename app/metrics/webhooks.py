"""Webhooks: how much waits for each that is told, and which told themselves off."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.metrics.families import (
    WEBHOOK_DISABLED,
    WEBHOOK_OLDEST,
    WEBHOOK_WAITING,
    Sample,
    Samples,
    instant,
)
from app.metrics.work import MOST
from app.models import DisabledBecause, MessageState, Webhook, WebhookMessage


def webhooks(session: Session, _now: datetime, most: int = MOST) -> Samples:
    """Yield what waits for each webhook, counted up to `most`, and since when it was disabled.

    One that a person disabled is nobody's news.
    """
    for webhook in session.scalars(select(Webhook).order_by(Webhook.id)):
        name, why = str(webhook.id), webhook.disabled_because
        if why is None:
            yield from _waiting(session, name, webhook.id, most)
        elif why is not DisabledBecause.PERSON:
            yield from instant(WEBHOOK_DISABLED, webhook.disabled_at, name, why.value)


def _waiting(session: Session, name: str, webhook_id: int, most: int) -> Samples:
    is_waiting = WebhookMessage.state == MessageState.WAITING
    some = (
        select(WebhookMessage.created_at.label("at"))
        .where(WebhookMessage.webhook_id == webhook_id, is_waiting)
        .order_by(WebhookMessage.due_at)
        .limit(most)
        .subquery()
    )
    n, oldest = session.execute(select(func.count(), func.min(some.c.at)).select_from(some)).one()
    yield Sample(WEBHOOK_WAITING, n, (name,))
    yield from instant(WEBHOOK_OLDEST, oldest, name)
