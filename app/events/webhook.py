"""Webhook: verify and store what SNS posts, independent of the web framework.

For SNS any answer from 200 to 4xx means delivered, so a genuine message must get a 5xx until it is
stored; only what is not genuine may be refused for good.
Source: SNS developer guide, "Amazon SNS message delivery retries".
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.db.session import EnqueueNow, Sessions, transaction
from app.events.errors import EventError
from app.events.inbox import raw_event, store
from app.events.payload import sending_account
from app.events.sns import FetchCertificate, SnsKind, SnsMessage, verify

_OK: Final = 200
_UNAVAILABLE: Final = 503
_FORBIDDEN: Final = 403
_STATUSES: Final = {"too_large": 413, "malformed": 400, "unknown_type": 400, "bad_timestamp": 400}

_log = structlog.get_logger(__name__)

Confirm = Callable[[SnsMessage], None]
"""Confirms a subscription by the API of SNS, never by its URL; raises EventError if it cannot."""


@dataclass(frozen=True)
class Webhook:
    """What taking a message needs: made once per process. Without `topics` it takes nothing."""

    sessions: Sessions
    topics: Collection[str]
    fetch_certificate: FetchCertificate
    confirm: Confirm | None = None
    enqueue_now: EnqueueNow | None = None
    allow_v1: bool = False


def receive_webhook(webhook: Webhook, body: bytes, now: datetime) -> int:
    """Return the HTTP status to answer: 200 only once the Event is stored and committed.

    `body` is the request's; the caller need read no more of it than `sns.MAX_BYTES` and one. 400,
    403 and 413 refuse for good; 403 also refuses a mail that another account than the topic's sent;
    503 asks SNS to send it again. A topic of ours that asks us to confirm a subscription is logged
    and handed to `confirm`; its SubscribeURL is never fetched. The header `x-amz-sns-message-type`
    is not signed and plays no part.
    """
    try:
        message = verify(
            body,
            topics=webhook.topics,
            fetch_certificate=webhook.fetch_certificate,
            now=now,
            allow_v1=webhook.allow_v1,
        )
        if message.kind is not SnsKind.NOTIFICATION:
            _confirm(webhook, message)
            return _OK
        _refuse_other_accounts(message)
    except EventError as error:
        _log.warning("webhook_refused", reason=error.reason, again=error.again)
        return _UNAVAILABLE if error.again else _STATUSES.get(error.reason, _FORBIDDEN)
    try:
        with transaction(webhook.sessions, webhook.enqueue_now) as session:
            store(session, [raw_event(body.decode())], now)
    except SQLAlchemyError as error:
        _log.error("webhook_not_stored", error=type(error).__name__)  # no trace: it holds the body
        return _UNAVAILABLE
    return _OK


def _refuse_other_accounts(message: SnsMessage) -> None:
    """Refuse an event about mail of another AWS account than the topic's."""
    if sending_account(message.message) not in {None, message.account}:
        raise EventError("foreign_account")


def _confirm(webhook: Webhook, message: SnsMessage) -> None:
    """Say what SNS wants of a subscription; one that was ended stays ended."""
    _log.warning("webhook_subscription", kind=message.kind, topic_arn=message.topic_arn)
    if message.kind is SnsKind.SUBSCRIPTION and webhook.confirm is not None:
        webhook.confirm(message)
