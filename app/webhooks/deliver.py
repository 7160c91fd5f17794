"""Tell webhooks what waits for them: lease, ask, record; at least once, and in order.

A webhook is leased in one short transaction, asked outside any, and what came of it is recorded in
another. Who is killed between leaves a lease that ends, and the messages are told again, by the
same ids. Of one subject only the first message that waits is ever told, so order is kept.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from threading import Event
from typing import Final

import orjson
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app import traces
from app.clock import Clock
from app.db.session import Sessions, transaction
from app.delivery.alone import Alone
from app.models import (
    AttemptOutcome,
    OutboxEntry,
    Webhook,
    WebhookMessage,
)
from app.sealing import unseal
from app.webhooks.catalogue import data_of, sample_of
from app.webhooks.due import next_due
from app.webhooks.names import name_of
from app.webhooks.record import Result, record_results, set_aside
from app.webhooks.request import Attempted, WebhookNetwork, headers_of, post
from app.webhooks.retries import LEASED_FOR

AT_ONCE: Final = 8
ROUND: Final = 2 * AT_ONCE
_NOT_BEGUN_AFTER: Final = 25.0
"""Seconds after which a round begins no request: it would end after its lease."""


@dataclass(frozen=True)
class Told:
    """A message as it is sent: its row, the id that the receiver knows it by, and its body.

    `attempt` counts from 1.
    """

    message_id: int
    name: str
    body: str
    attempt: int


@dataclass(frozen=True, repr=False)
class Leased:
    """A webhook that is ours for a while, and what it is told now; no secret where none opens."""

    webhook_id: int
    url: str
    secrets: tuple[str, ...]
    told: tuple[Told, ...]


def tell(
    sessions: Sessions,
    keys: Sequence[str],
    network: WebhookNetwork,
    clock: Clock,
    is_over: Callable[[], bool],
) -> None:
    """Tell what is due until nothing is, or `is_over`.

    Opens transactions of its own; the network is asked between them.
    """
    while not is_over():
        begun = time.monotonic()
        with transaction(sessions) as session:
            leased = lease(session, keys, clock())
        if leased is None:
            return
        if not leased.told:
            continue
        results = _ask_all(leased, network, clock, begun + _NOT_BEGUN_AFTER)
        aside = partial(_set_aside, sessions, leased.webhook_id, clock)
        with Alone("tell_webhooks", aside), transaction(sessions) as session:
            record_results(session, leased.webhook_id, leased.url, results, clock())


def _set_aside(sessions: Sessions, webhook_id: int, clock: Clock, reason: str) -> None:
    with transaction(sessions) as session:
        set_aside(session, webhook_id, reason, clock())


def lease(session: Session, keys: Sequence[str], now: datetime) -> Leased | None:
    """Take the webhook that waited longest of those that something is due for; None for none.

    Where it is told nothing just now, it is not taken, and is to be looked at once more, after
    others.
    """
    query = (
        select(Webhook)
        .where(Webhook.disabled_at.is_(None))
        .where(or_(Webhook.rests_until.is_(None), Webhook.rests_until <= now))
        .where(or_(Webhook.leased_until.is_(None), Webhook.leased_until <= now))
        .order_by(Webhook.leased_until.nulls_first(), Webhook.id)
        .with_for_update(skip_locked=True)
    )
    for webhook in session.scalars(query):
        due = next_due(session, webhook, now, ROUND)
        if due is None:
            webhook.leased_until = now
            return Leased(webhook.id, webhook.url, (), ())
        if due:
            webhook.leased_until = now + LEASED_FOR
            told = tuple(_told(*row) for row in due)
            return Leased(webhook.id, webhook.url, secrets_of(webhook, keys, now), told)
    return None


def secrets_of(webhook: Webhook, keys: Sequence[str], now: datetime) -> tuple[str, ...]:
    """Return the secrets that sign, the present one first; fewer where a key that sealed is gone.

    Source: the Standard Webhooks specification, "Signature scheme", for several at once.
    """
    sealed = [webhook.secret]
    if webhook.former_secret and webhook.former_until and webhook.former_until > now:
        sealed.append(webhook.former_secret)
    opened = (unseal(keys, one) for one in sealed)
    return tuple(one for one in opened if one is not None)


def _told(message: WebhookMessage, entry: OutboxEntry | None) -> Told:
    """Return the message as it is sent, byte for byte the same each time."""
    data = {"sample": True, **sample_of(message.kind)} if entry is None else data_of(entry)
    at = f"{message.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
    body = orjson.dumps({"type": message.kind.value, "timestamp": at, "data": data}).decode()
    name = name_of(message, None if entry is None else entry.public_id)
    return Told(message.id, name, body, message.n_attempts + 1)


def _ask_all(leased: Leased, network: WebhookNetwork, clock: Clock, until: float) -> list[Result]:
    """Ask for each message, a few at once; after one that nobody answers no other is begun."""
    is_down = Event()

    def ask(told: Told) -> Result | None:
        if is_down.is_set() or time.monotonic() >= until:
            return None
        at, begun = clock(), time.monotonic()
        came = _ask(leased, told, network, at)
        if came.outcome is not AttemptOutcome.ACCEPTED and came.status is None:
            is_down.set()
        return Result(told.message_id, at, round((time.monotonic() - begun) * 1000), came)

    with ThreadPoolExecutor(AT_ONCE) as pool:  # each in the context of the job, for its trace
        asked = [pool.submit(copy_context().run, ask, told) for told in leased.told]
        return [one for future in asked if (one := future.result()) is not None]


def _ask(leased: Leased, told: Told, network: WebhookNetwork, at: datetime) -> Attempted:
    """Ask inside a span, which says which webhook it is and not where that leads."""
    said = {"devoured.webhook": leased.webhook_id, "devoured.attempt": told.attempt}
    with traces.span("tell a webhook", "CLIENT", said) as span:
        came = _signed(leased, told, network, at)
        if span is not None:
            span.tell({"devoured.outcome": came.outcome.value})
            if came.status is not None:
                span.tell({"http.response.status_code": came.status})
            if came.outcome is not AttemptOutcome.ACCEPTED:
                span.fail(str(came.status or came.outcome.value))
    return came


def _signed(leased: Leased, told: Told, network: WebhookNetwork, at: datetime) -> Attempted:
    if not leased.secrets:
        return Attempted(AttemptOutcome.UNSIGNED, "no signing key opens its secret; rotate it")
    headers = headers_of(told.name, told.body, leased.secrets, at)
    return post(leased.url, told.body, headers, network)
