"""An event as Amazon SNS hands it on: the envelope that lands in a queue or at a webhook.

Source: SNS developer guide, "HTTP/HTTPS notification JSON format".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID, uuid4

import orjson

from localdev.ses.feed import Feed
from localdev.ses.knobs import Planned
from localdev.ses.payloads import ACCOUNT, REGION, payload, stamp
from localdev.ses.search import Message
from localdev.ses.signing import Signer, sign

TOPIC = "devoured-events"
TOPIC_ARN = f"arn:aws:sns:{REGION}:{ACCOUNT}:{TOPIC}"
SUBSCRIPTION_ARN = f"{TOPIC_ARN}:5f1cdb2e-2c5b-4d6c-9d53-0d0a6e6f9a11"
_SUBJECT = "Amazon SES Email Event Notification"
# Right in its form and in nothing else.
_NO_SIGNATURE = "A" * 342 + "=="


@dataclass(frozen=True)
class Topic:
    """Who signs, where this server is reached, and whether what goes to the queue is signed too.

    A queue is read under IAM, so nobody checks signatures there, and one costs 0.3 ms.
    `certificate_base` stands before the certificate's path where envelopes name it; the
    certificate is served under `base_url` whatever they say.
    """

    signer: Signer
    base_url: str
    certificate_base: str
    sign_queued: bool = False


def envelope(
    topic: Topic, feed: Feed, event: Planned, message: Message, *, signed: bool
) -> dict[str, str]:
    """Build the notification of an event about this message; the same event gives the same one."""
    subject = {} if feed.style.notification else {"Subject": _SUBJECT}
    id_ = _notification_id(message.message_id, event)
    at = datetime.fromtimestamp(event.due, UTC)
    return wrap(topic, payload(feed, event, message), id_, at, subject, signed=signed)


def wrap(
    topic: Topic,
    told: Mapping[str, Any],
    id_: str,
    at: datetime,
    subject: Mapping[str, str],
    *,
    signed: bool,
) -> dict[str, str]:
    """Build the notification that tells this; `subject` has SES's own, or nothing."""
    fields = {
        "Type": "Notification",
        "MessageId": id_,
        "TopicArn": TOPIC_ARN,
        **subject,
        "Message": orjson.dumps(told).decode(),
        "Timestamp": stamp(at),
        "SignatureVersion": "2",
    }
    return fields | {
        "Signature": sign(topic.signer, fields) if signed else _NO_SIGNATURE,
        "SigningCertURL": topic.certificate_base + topic.signer.path,
        "UnsubscribeURL": f"{topic.base_url}/?Action=Unsubscribe"
        f"&SubscriptionArn={SUBSCRIPTION_ARN}",
    }


def confirmation(topic: Topic, token: str, now: datetime) -> dict[str, str]:
    """Build the message that asks a webhook whether it wants the events, and how to say so."""
    query = f"Action=ConfirmSubscription&TopicArn={TOPIC_ARN}&Token={token}"
    fields = {
        "Type": "SubscriptionConfirmation",
        "MessageId": str(uuid4()),
        "Token": token,
        "TopicArn": TOPIC_ARN,
        "Message": f"You have chosen to subscribe to the topic {TOPIC_ARN}.",
        "SubscribeURL": f"{topic.base_url}/?{query}",
        "Timestamp": stamp(now),
        "SignatureVersion": "2",
    }
    return fields | {
        "Signature": sign(topic.signer, fields),
        "SigningCertURL": topic.certificate_base + topic.signer.path,
    }


def _notification_id(message_id: str, event: Planned) -> str:
    """SNS's id; a repeat has its first's unless SES itself said it twice."""
    own = 2 if event.copy == 2 else 0  # noqa: PLR2004  # see Planned
    text = f"{message_id}/{event.step}/{own}".encode()
    return str(UUID(bytes=blake2b(text, digest_size=16).digest(), version=4))
