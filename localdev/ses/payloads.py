"""What SES says of a message in an event, in both of its shapes; envelope.py wraps it for SNS.

Source: SES developer guide, "Contents of event data that Amazon SES publishes to Amazon SNS" and
"Amazon SNS notification contents" (of an identity).
"""

import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parseaddr
from hashlib import blake2b
from typing import Any

from localdev.ses.feed import Feed, steps
from localdev.ses.knobs import Planned
from localdev.ses.mime import compose
from localdev.ses.search import Message, read_content
from localdev.ses.store import Store

ACCOUNT = "000000000000"
REGION = "eu-west-1"
_MAX_HEADERS = 10 * 1024
_FOLD = re.compile(r"\r?\n[ \t]+")
_SUPPRESSED = (
    "Amazon SES did not send the message to this address because it is on the suppression list "
    "for your account."
)


def payload(feed: Feed, event: Planned, message: Message) -> dict[str, Any]:
    """Build the event about this message, as SES would publish it."""
    kind, bare = steps(feed, event.message)[event.step]
    happened = message.at if kind == "Send" else datetime.fromtimestamp(event.due, UTC)
    recipients = [one for one in destination(message) if one.lower() in bare]
    notification = feed.style.notification
    return {
        "notificationType" if notification else "eventType": kind,
        "mail": _notified(feed, message) if notification else _mail(feed, message, kind),
        **_detail(message, kind, recipients, happened),
    }


def destination(message: Message) -> list[str]:
    """Return the addresses of all recipients, as they were written, without names."""
    everyone = (*message.to, *message.cc, *message.bcc)
    return [parseaddr(one)[1] if "<" in one else one for one in everyone]


def stamp(at: datetime) -> str:
    """Format a time as AWS writes it: UTC to the millisecond."""
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def _mail(feed: Feed, message: Message, kind: str) -> dict[str, Any]:
    """`mail` of event publishing; the subject of a template is not known when it is sent."""
    mail = _envelope(message)
    mail["headersTruncated"] = False
    if kind != "Rendering Failure":
        rendered = kind != "Send" or not message.templated
        mail |= _headers(feed.store, message, rendered=rendered) if feed.style.headers else {}
        mail["commonHeaders"] = _common_headers(message, rendered=rendered)
    return mail | {"tags": _tags(message, kind)}


def _notified(feed: Feed, message: Message) -> dict[str, Any]:
    """`mail` of an identity's notification: no tags, headers only if asked for."""
    mail = _envelope(message) | {"sourceIp": "127.0.0.1", "callerIdentity": "local"}
    if feed.style.headers:
        common = _common_headers(message, rendered=True) | {"date": format_datetime(message.at)}
        mail |= _headers(feed.store, message, rendered=True) | {"commonHeaders": common}
    return mail


def _envelope(message: Message) -> dict[str, Any]:
    """Return what both formats say of a message."""
    sender = _domain(message)
    return {
        "timestamp": stamp(message.at),
        "source": message.from_address,
        "sourceArn": f"arn:aws:ses:{REGION}:{ACCOUNT}:identity/{sender}",
        "sendingAccountId": ACCOUNT,
        "messageId": message.message_id,
        "destination": destination(message),
    }


def _common_headers(message: Message, *, rendered: bool) -> dict[str, Any]:
    """Return the headers that are always given separately."""
    common: dict[str, Any] = {
        "from": [message.from_address],
        "to": message.to,
        "messageId": message.message_id,
    }
    return common | ({"subject": message.subject} if rendered else {})


def _headers(store: Store, message: Message, *, rendered: bool) -> dict[str, Any]:
    """`headers` up to 10 KB, and whether some were left out."""
    headers: list[dict[str, str]] = []
    size = 0
    for name, folded in compose(message, read_content(store, message)).items():
        if name == "Subject" and not rendered:
            continue
        value = _FOLD.sub(" ", folded)
        size += len(name) + len(value)
        if size > _MAX_HEADERS:
            return {"headersTruncated": True, "headers": headers}
        headers.append({"name": name, "value": value})
    return {"headersTruncated": False, "headers": headers}


def _tags(message: Message, kind: str) -> dict[str, list[str]]:
    """Return the message's own tags and those of SES, each with a list of values."""
    tags = {
        "ses:operation": [message.operation],
        "ses:configuration-set": [message.configuration_set or "default"],
        "ses:source-ip": ["127.0.0.1"],
        "ses:from-domain": [_domain(message)],
        "ses:caller-identity": ["local"],
    }
    if kind == "Delivery":
        tags["ses:outgoing-ip"] = ["192.0.2.1"]
    return tags | {name: [value] for name, value in message.tags.items()}


def _domain(message: Message) -> str:
    """Return the From domain; the address was checked when it was accepted."""
    return message.from_address.rpartition("@")[2].rstrip(">").lower()


def _detail(
    message: Message, kind: str, recipients: list[str], happened: datetime
) -> dict[str, Any]:
    """Return the object that is named for the kind."""
    match kind:
        case "Delivery":
            return {"delivery": _delivery(message, recipients, happened)}
        case "Bounce":
            return {"bounce": _bounce(message, recipients, happened)}
        case "Complaint":
            return {"complaint": _complaint(message, recipients, happened)}
        case "Rendering Failure":
            return {"failure": {"errorMessage": message.error, "templateName": ""}}
    return {"send": {}}


def _delivery(message: Message, recipients: list[str], happened: datetime) -> dict[str, Any]:
    """Build the detail of a Delivery: the recipient's server has taken the message."""
    return {
        "timestamp": stamp(happened),
        "processingTimeMillis": (happened - message.at) // timedelta(milliseconds=1),
        "recipients": recipients,
        "smtpResponse": "250 2.6.0 Message received",
        "reportingMTA": "mta.local.example",
        "remoteMtaIp": "192.0.2.25",
    }


def _bounce(message: Message, recipients: list[str], happened: datetime) -> dict[str, Any]:
    """Build the detail of a hard bounce, or of one that SES makes for a suppressed address."""
    suppressed = message.outcome == "suppressed"
    why = _SUPPRESSED if suppressed else "smtp; 550 5.1.1 user unknown"
    failed = {"action": "failed", "status": "5.1.1", "diagnosticCode": why}
    return {
        "bounceType": "Permanent",
        "bounceSubType": "OnAccountSuppressionList" if suppressed else "General",
        "bouncedRecipients": [{"emailAddress": one, **failed} for one in recipients],
        "timestamp": stamp(happened),
        "feedbackId": _feedback_id(message, "Bounce"),
        "reportingMTA": "dns; amazonses.com" if suppressed else "dsn; mta.local.example",
    }


def _complaint(message: Message, recipients: list[str], happened: datetime) -> dict[str, Any]:
    """Build the detail of a Complaint: a reader pressed the spam button and SES was notified."""
    return {
        "complainedRecipients": [{"emailAddress": one} for one in recipients],
        "timestamp": stamp(happened),
        "feedbackId": _feedback_id(message, "Complaint"),
        "complaintSubType": None,
        "userAgent": "Local Feedback Loop (V0.01)",
        "complaintFeedbackType": "abuse",
        "arrivalDate": stamp(happened),
    }


def _feedback_id(message: Message, kind: str) -> str:
    """Return an id that looks like a message's, the same for every copy of the event."""
    digits = blake2b(f"{message.message_id}/{kind}".encode(), digest_size=16).hexdigest()
    parts = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
    return "-".join((message.message_id.partition("-")[0], *parts, "000000"))
