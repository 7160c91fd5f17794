"""A mail that comes in, as a receipt rule with an SNS action tells of it.

Source: SES developer guide, "Contents of notifications for Amazon SES email receiving" and "Publish
to Amazon SNS topic action".
"""

import secrets
from datetime import datetime
from email import message_from_string
from email.message import Message
from email.utils import getaddresses
from typing import Any, Literal
from uuid import uuid4

from pydantic import BaseModel, Field

from localdev.ses.envelope import TOPIC_ARN, Topic, wrap
from localdev.ses.event_queue import Notification
from localdev.ses.payloads import stamp

_SUBJECT = "Amazon SES Email Receipt Notification"
_MAX_HEADERS = 10 * 1024

Verdict = Literal["PASS", "FAIL", "GRAY", "PROCESSING_FAILED"]


class Inbound(BaseModel):
    """A mail on the wire: who it is said to be from, whom it is for, and all of it as text.

    An SNS action takes at most 150 KB; SES bounces what is longer.
    """

    mail_from: str = "reader@readers.example"
    recipients: list[str] = Field(min_length=1, max_length=100)
    raw: str = Field(default="Subject: unsubscribe\r\n\r\n", max_length=150 * 1024)
    verdict: Verdict = "PASS"


def notification_of(topic: Topic, came: Inbound, at: datetime) -> Notification:
    """Return what SNS says of this mail."""
    told = _told(came, at)
    subject = {"Subject": _SUBJECT}
    fields = wrap(topic, told, str(uuid4()), at, subject, signed=topic.sign_queued)
    return Notification(fields, at.timestamp())


def _told(came: Inbound, at: datetime) -> dict[str, Any]:
    message = message_from_string(came.raw)
    verdict = {"status": came.verdict}
    return {
        "notificationType": "Received",
        "receipt": {
            "timestamp": stamp(at),
            "processingTimeMillis": 222,
            "recipients": came.recipients,
            **{f"{one}Verdict": verdict for one in ("spam", "virus", "spf", "dkim", "dmarc")},
            "action": {"type": "SNS", "topicArn": TOPIC_ARN, "encoding": "UTF8"},
        },
        "mail": _mail(came, message, at),
        "content": came.raw,
    }


def _mail(came: Inbound, message: Message, at: datetime) -> dict[str, Any]:
    headers: list[dict[str, str]] = [{"name": "Return-Path", "value": f"<{came.mail_from}>"}]
    size = 0
    for name, value in message.items():
        size += len(name) + len(value)
        if size <= _MAX_HEADERS:
            headers.append({"name": name, "value": value})
    to = [address for _, address in getaddresses(message.get_all("To", []))]
    common = {"returnPath": came.mail_from, "from": message.get_all("From", []), "to": to}
    subject = {"subject": message["Subject"]} if message["Subject"] else {}
    return {
        "timestamp": stamp(at),
        "source": came.mail_from,
        "messageId": secrets.token_hex(20),
        "destination": to,
        "headersTruncated": size > _MAX_HEADERS,
        "headers": headers,
        "commonHeaders": common | subject,
    }
