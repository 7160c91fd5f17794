"""Record what came of telling a webhook, and disable it where it is gone or fails for long."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.actors import SYSTEM, Verb
from app.audit import fields_of, record
from app.delivery.alone import forget_setbacks, note_setback
from app.models import (
    AttemptOutcome,
    DisabledBecause,
    MessageState,
    Webhook,
    WebhookAttempt,
    WebhookMessage,
)
from app.webhooks.due import bring_forward
from app.webhooks.request import Attempted
from app.webhooks.retries import DISABLED_AFTER, LONGEST_REST, TRIED_FOR, rest_after, wait_after

_GONE: Final = 410
_FAILURES: Final = 10
"""So many requests must have failed, at least, before a webhook is disabled for that."""

_CHANCE: Final = Random()  # noqa: S311  # spreads waits, and keeps no secret

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Result:
    """What came of one request for a message, when it was made, and how long it took."""

    message_id: int
    at: datetime
    milliseconds: int
    came: Attempted


def record_results(
    session: Session, webhook_id: int, url: str, results: Sequence[Result], now: datetime
) -> None:
    """Write down what came of a round at this address, and let others have the webhook.

    One that was removed meanwhile has nothing to be recorded, and one that has another address by
    now is not judged by what the former one answered.
    """
    webhook = session.get(Webhook, webhook_id, with_for_update=True, populate_existing=True)
    if webhook is None:
        return
    webhook.leased_until = now
    query = select(WebhookMessage).where(WebhookMessage.id.in_([one.message_id for one in results]))
    messages = {one.id: one for one in session.scalars(query.with_for_update())}
    for result in results:
        if message := messages.get(result.message_id):
            _record(session, webhook, message, result, now)
    ended = {one.subject_id for one in messages.values() if one.ended_at is not None}
    bring_forward(session, webhook, ended, now)
    if webhook.url == url:
        _judge(session, webhook, results, now)


def _record(
    session: Session, webhook: Webhook, message: WebhookMessage, result: Result, now: datetime
) -> None:
    came = result.came
    session.add(
        WebhookAttempt(
            webhook_id=webhook.id,
            message_id=message.id,
            at=result.at,
            milliseconds=result.milliseconds,
            outcome=came.outcome,
            status=came.status,
            detail=came.detail,
        )
    )
    message.n_attempts += 1
    if message.state is not MessageState.WAITING:
        return  # another process was told so before: this one's lease had ended
    if came.outcome is AttemptOutcome.ACCEPTED:
        message.state, message.ended_at = MessageState.DELIVERED, now
    elif now >= message.created_at + TRIED_FOR:
        message.state, message.ended_at = MessageState.FAILED, now
        _log.warning("webhook_message_failed", webhook_id=webhook.id, message_id=message.id)
    else:
        wait = max(wait_after(message.n_attempts, _CHANCE), came.wait or timedelta(0))
        message.due_at = min(now + wait, message.created_at + TRIED_FOR)


def _judge(session: Session, webhook: Webhook, results: Sequence[Result], now: datetime) -> None:
    """Go by what came: fine again, to be left alone for a while, or disabled."""
    asked = [one.came.wait for one in results if one.came.wait]
    rest = timedelta(0)
    is_told = webhook.disabled_at is None
    if any(one.came.outcome is AttemptOutcome.ACCEPTED for one in results):
        webhook.n_failures, webhook.failing_since = 0, None
        if is_told:  # why it was disabled stays said until a person lets it go on
            forget_setbacks(session, [setback_of(webhook.id)])
    elif results:
        webhook.n_failures += len(results)
        webhook.failing_since = webhook.failing_since or min(one.at for one in results)
        rest = rest_after(webhook.n_failures)
    webhook.rests_until = now + max([rest, *asked]) if rest or asked else None
    if is_told and any(one.came.status == _GONE for one in results):
        _disable(session, webhook, DisabledBecause.GONE, now)
    elif is_told and _fails_for_long(webhook, now):
        _disable(session, webhook, DisabledBecause.FAILING, now)


def _fails_for_long(webhook: Webhook, now: datetime) -> bool:
    """Return whether days were full of failures; a clock that jumps makes days of a few."""
    since = webhook.failing_since
    is_long = since is not None and since <= now - DISABLED_AFTER
    return is_long and webhook.n_failures >= _FAILURES


def _disable(session: Session, webhook: Webhook, why: DisabledBecause, now: datetime) -> None:
    """Tell it nothing more, and say so where people look."""
    before = fields_of(webhook)
    webhook.disabled_at, webhook.disabled_because = now, why
    record(session, SYSTEM, Verb.DISABLE_WEBHOOK, webhook, now, before=before)
    note_setback(session, setback_of(webhook.id), f"it was disabled: {why.value}", now)
    _log.error("webhook_disabled", webhook_id=webhook.id, host=webhook.host, because=why.value)


def stop_restored(session: Session, now: datetime) -> None:
    """Tell nothing to any webhook of a restored database until a person lets it go on.

    A backup may hold one that was removed since, or a secret that was rotated because it leaked.
    """
    query = select(Webhook).where(Webhook.disabled_at.is_(None)).order_by(Webhook.id)
    for webhook in session.scalars(query.with_for_update()):
        _disable(session, webhook, DisabledBecause.RESTORED, now)


def set_aside(session: Session, webhook_id: int, reason: str, now: datetime) -> None:
    """Leave a webhook alone for a while of which nothing can be recorded, and say why."""
    session.execute(
        update(Webhook).where(Webhook.id == webhook_id).values(rests_until=now + LONGEST_REST)
    )
    note_setback(session, setback_of(webhook_id), reason, now)


def setback_of(webhook_id: int) -> str:
    """Return what it stands under that something is wrong with a webhook."""
    return f"webhook {webhook_id}"
