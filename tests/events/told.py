"""What SES and SNS say, in their own words: payloads, envelopes, and a certificate to sign with."""

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.x509.oid import NameOID

from app.delivery.installation import INSTALLATION_TAG

TOPIC: Final = "arn:aws:sns:eu-west-1:000000000000:devoured-events"
CERTIFICATE_URL: Final = (
    "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"
)
HEADER: Final = "X-Devoured-Delivery"


def stamp(at: datetime) -> str:
    """Format a time as AWS writes it: UTC, milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def said(
    event_type: str,
    at: datetime,
    *,
    delivery_id: str | None = "1-1",
    attempt: int = 1,
    provider_id: str = "0102018f-message-000000",
    address: str = "reader1@example.com",
    part: dict[str, Any] | None = None,
) -> str:
    """Build a published event with our tags."""
    mail = {
        "timestamp": stamp(at),
        "source": "digest@example.com",
        "sendingAccountId": "000000000000",
        "messageId": provider_id,
        "destination": [address],
        "headersTruncated": False,
        "headers": [{"name": "To", "value": address}],
        "commonHeaders": {"to": [address], "subject": "What happened on Monday"},
        "tags": {"ses:configuration-set": ["devoured"], "attempt": [str(attempt)]},
    }
    if delivery_id is not None:
        mail["tags"]["delivery_id"] = [delivery_id]  # type: ignore[index]  # a mapping, see above
    name = (
        "failure" if event_type == "Rendering Failure" else event_type[0].lower() + event_type[1:]
    )
    known = {"send": {}, "reject": {"reason": "Bad content"}}.get(name, {"timestamp": stamp(at)})
    return json.dumps({"eventType": event_type, "mail": mail, name: {**known, **(part or {})}})


def tagged(message: str, installation: str) -> str:
    """Return the same message with the tag of an installation."""
    told = json.loads(message)
    told["mail"]["tags"][INSTALLATION_TAG] = [installation]
    return json.dumps(told)


def bounce(kind: str = "Permanent/General", address: str = "reader1@example.com") -> dict[str, Any]:
    """Build the part of an event that describes a bounce."""
    bounce_type, _, subtype = kind.partition("/")
    return {
        "bounceType": bounce_type,
        "bounceSubType": subtype,
        "bouncedRecipients": [{"emailAddress": address, "action": "failed", "status": "5.1.1"}],
        "feedbackId": "0102018f-feedback-000000",
    }


def complaint(kind: str = "abuse", address: str = "reader1@example.com") -> dict[str, Any]:
    """Build the part of an event that describes a complaint."""
    return {
        "complainedRecipients": [{"emailAddress": address}],
        "complaintSubType": None,
        "complaintFeedbackType": kind,
    }


def notified(
    notification_type: str,
    at: datetime,
    part: dict[str, Any],
    *,
    destination: list[str],
    header: str | None = None,
    provider_id: str = "0102018f-message-000000",
) -> str:
    """Build a notification of an identity: no tags, and headers only where they are asked for."""
    mail: dict[str, Any] = {
        "timestamp": stamp(at),
        "messageId": provider_id,
        "source": "digest@example.com",
        "destination": destination,
    }
    if header is not None:
        mail["headersTruncated"] = False
        mail["headers"] = [{"name": HEADER, "value": header}]
    body = {"timestamp": stamp(at), **part}
    return json.dumps(
        {"notificationType": notification_type, "mail": mail, notification_type.lower(): body}
    )


def envelope(message: str, message_id: str = "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324") -> str:
    """Wrap a message as SNS does for a queue; nobody checks its signature there."""
    return json.dumps(
        {
            "Type": "Notification",
            "MessageId": message_id,
            "TopicArn": TOPIC,
            "Subject": "Amazon SES Email Event Notification",
            "Message": message,
            "Timestamp": "2026-11-23T06:00:00.000Z",
            "SignatureVersion": "2",
            "Signature": "bm90IGxvb2tlZCBhdA==",
            "SigningCertURL": CERTIFICATE_URL,
        }
    )


@dataclass(frozen=True)
class Signatory:
    """Somebody with a key and a certificate for it."""

    key: rsa.RSAPrivateKey
    pem: bytes

    def signed(self, fields: dict[str, str], version: str = "2") -> bytes:
        """Return the envelope of these fields, signed as SNS does."""
        kinds = ("SubscriptionConfirmation", "UnsubscribeConfirmation")
        names = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
        if fields.get("Type") in kinds:
            names = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token"]
            names += ["TopicArn", "Type"]
        text = "".join(f"{name}\n{fields[name]}\n" for name in names if name in fields)
        algorithm = hashes.SHA256() if version == "2" else hashes.SHA1()  # noqa: S303  # as SNS did
        signature = self.key.sign(text.encode(), PKCS1v15(), algorithm)
        return json.dumps(
            {
                "SignatureVersion": version,
                "Signature": base64.b64encode(signature).decode(),
                "SigningCertURL": CERTIFICATE_URL,
                **fields,
            }
        ).encode()


def notification(message: str, at: datetime, **overrides: str) -> dict[str, str]:
    """Return the fields of a notification that SNS signs."""
    return {
        "Type": "Notification",
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": TOPIC,
        "Subject": "Amazon SES Email Event Notification",
        "Message": message,
        "Timestamp": stamp(at),
        **overrides,
    }


@lru_cache
def signatory(
    name: str = "sns.amazonaws.com",
    *,
    valid_from: datetime = datetime(2026, 1, 1, tzinfo=UTC),
    valid_days: int = 365,
    bits: int = 2048,
) -> Signatory:
    """Somebody whose certificate has this name and is good from then on."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(valid_from)
        .not_valid_after(valid_from + timedelta(days=valid_days))
        .sign(key, hashes.SHA256())
    )
    return Signatory(key, certificate.public_bytes(serialization.Encoding.PEM))


def received(
    at: datetime,
    recipients: list[str],
    *,
    verdict: str = "PASS",
    source: str = "reader1@example.com",
) -> str:
    """Build what a receipt rule with an SNS action tells of a mail that came to us."""
    found = {f"{one}Verdict": {"status": verdict} for one in _LOOKED_FOR}
    return json.dumps(
        {
            "notificationType": "Received",
            "receipt": {
                "timestamp": stamp(at),
                "processingTimeMillis": 222,
                "recipients": recipients,
                **found,
                "action": {"type": "SNS", "topicArn": TOPIC, "encoding": "UTF8"},
            },
            "mail": {
                "timestamp": stamp(at),
                "source": source,
                "messageId": "d6iitobk75ur44p8kdnnp7g2n800",
                "destination": recipients,
                "headersTruncated": False,
                "headers": [{"name": "Return-Path", "value": f"<{source}>"}],
                "commonHeaders": {"from": [source], "to": recipients, "subject": "unsubscribe"},
            },
            "content": "Subject: unsubscribe\r\n\r\nunsubscribe\r\n",
        }
    )


_LOOKED_FOR: Final = ("spam", "virus", "spf", "dkim", "dmarc")
