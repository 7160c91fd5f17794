"""Payload: parse one message of SES into an event for each recipient (pure).

SES has two shapes: event publishing (`eventType`, with our tags) and notifications of an identity
(`notificationType`, without tags, perhaps with the headers that we sent).
Source: SES developer guide, "Contents of event data that Amazon SES publishes to Amazon SNS" and
"Amazon SNS notification contents for Amazon SES".
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from app.delivery.installation import INSTALLATION_TAG
from app.enums import EventKind
from app.events.errors import EventError
from app.events.inbound import RECEIVED, inbound_of
from app.events.tolerant_json import mapping, mappings, read_json
from app.transports.answers import Answer, sort_answer
from app.transports.checks import DELIVERY_HEADER
from app.transports.headers import split_mailbox

NOT_SPAM: Final = "not-spam"
"""The complaint of a reader who says that the mail is none. Source: RFC 5965 section 7.3."""

PERMANENT: Final = "Permanent/"
"""What the subtype of a bounce begins with when writing again is no use."""

UNSUBSCRIBED: Final = "Permanent/UnsubscribedRecipient"
"""A bounce by which SES itself held back a mail, because the reader left by its own link."""

_PUBLISHED: Final = {
    "Send": (EventKind.SENT, "send"),
    "Delivery": (EventKind.DELIVERED, "delivery"),
    "DeliveryDelay": (EventKind.DELAYED, "deliveryDelay"),
    "Bounce": (EventKind.BOUNCED, "bounce"),
    "Complaint": (EventKind.COMPLAINED, "complaint"),
    "Reject": (EventKind.REJECTED, "reject"),
    "Rendering Failure": (EventKind.NOT_RENDERED, "failure"),
    "Open": (EventKind.OPENED, "open"),
    "Click": (EventKind.CLICKED, "click"),
    "Subscription": (EventKind.SUBSCRIPTION, "subscription"),
}
_ANSWERED: Final = {
    EventKind.BOUNCED: "bouncedRecipients",
    EventKind.DELAYED: "delayedRecipients",
}
"""Where the provider's answer stands."""

_NOTIFIED: Final = frozenset({"Bounce", "Complaint", "Delivery"})
_UNKNOWN: Final = (EventKind.UNKNOWN, "")
_GREETINGS: Final = ("Successfully validated SNS topic", "AmazonSnsSubscriptionSucceeded")
_ID: Final = re.compile(r"[!-~]{1,256}")
_TAG: Final = re.compile(r"[A-Za-z0-9_-]{1,256}")
_ATTEMPT: Final = re.compile(r"[1-9][0-9]{0,3}")
_NOT_PLAIN: Final = re.compile(r"[^ -~]+")
_LONGEST_SUBTYPE: Final = 200
_LONGEST_ADDRESS: Final = 320
_MAX_RECIPIENTS: Final = 50


@dataclass(frozen=True, slots=True)
class HeardEvent:
    """What one message of SES tells of one recipient.

    `delivery_id` is our own tag or header, as it came: it may not be one of ours. Only when there
    is none, `address` is the recipient's, case-folded; `recipient` is, whether there is one or
    not. `installation` is whose mail it was, where it was tagged with that. `happened_at` is aware
    UTC. `subtype` is `Permanent/General` for a bounce, `abuse` for a complaint, a line for what
    failed at SES, and what SES thinks of a mail that came to us. Such a mail is by the holder of
    `leave_tokens`, whoever says to have sent it; nobody has looked yet who signed them. `answer`
    is the provider's to a mail that bounced or was put off.
    """

    kind: EventKind
    provider_id: str
    happened_at: datetime
    delivery_id: str | None = None
    attempt: int | None = None
    address: str | None = field(default=None, repr=False)
    subtype: str = ""
    recipient: str | None = field(default=None, repr=False)
    installation: str | None = None
    leave_tokens: tuple[str, ...] = field(default=(), repr=False)
    answer: Answer | None = None


def read_event(message: str, received_at: datetime | None = None) -> list[HeardEvent]:
    """Read what SES says, one for each recipient; empty for its greeting of a new topic.

    Our own mails have one recipient each, so one that bears our `delivery_id` gives one. An
    `eventType` that is not known gives `EventKind.UNKNOWN`. An event whose time cannot be read
    happened at `received_at`, where that is given.

    Raises:
        EventError: it is no event of SES: `not_json`, `no_type`, `no_message_id`, `no_timestamp`.
    """
    if message.startswith(_GREETINGS):
        return []
    record = _load(message)
    published, notified = record.get("eventType"), record.get("notificationType")
    if isinstance(published, str):
        kind, name = _PUBLISHED.get(published, _UNKNOWN)
    elif isinstance(notified, str):
        if notified in _GREETINGS:
            return []
        if notified == RECEIVED:
            return [_received(record, received_at)]
        kind, name = _PUBLISHED[notified] if notified in _NOTIFIED else _UNKNOWN
    else:
        raise EventError("no_type")
    mail, part = mapping(record.get("mail")), mapping(record.get(name))
    provider_id, happened_at = _provider_id(mail), _happened_at(mail, part, received_at)
    installation = _tag(mail, INSTALLATION_TAG)
    subtype = _subtype(kind, part)
    answer = _answer(subtype, part.get(_ANSWERED[kind])) if kind in _ANSWERED else None
    heard = _Heard(kind, provider_id, happened_at, subtype, installation, answer)
    # A notification of an unknown kind may be about somebody else's mail to us: its headers are
    # not ours, so it is nobody's.
    is_ours = isinstance(published, str) or kind is not EventKind.UNKNOWN
    delivery_id = _delivery_id(mail) if is_ours else None
    if delivery_id is not None:
        recipient = next(iter(_addresses(kind, mail, part)), None)
        return [heard.of(delivery_id=delivery_id, attempt=_attempt(mail), recipient=recipient)]
    addresses = () if isinstance(published, str) or not is_ours else _addresses(kind, mail, part)
    return [heard.of(address=address, recipient=address) for address in addresses] or [heard.of()]


def _received(record: Mapping[str, Any], received_at: datetime | None) -> HeardEvent:
    """Read what SES says of a mail that came to us: none of its headers says anything of ours."""
    mail, receipt = mapping(record.get("mail")), mapping(record.get("receipt"))
    found = inbound_of(mail, receipt)
    return HeardEvent(
        EventKind.RECEIVED,
        _provider_id(mail),
        _happened_at(mail, receipt, received_at),
        subtype=found.verdicts,
        leave_tokens=found.tokens,
    )


def sending_account(message: str) -> str | None:
    """Return the AWS account that sent the mail, where SES says it; None for no event of SES."""
    try:
        account = mapping(_load(message).get("mail")).get("sendingAccountId")
    except EventError:
        return None
    return account if isinstance(account, str) else None


@dataclass(frozen=True, slots=True)
class _Heard:
    """What is the same for all recipients of one message."""

    kind: EventKind
    provider_id: str
    happened_at: datetime
    subtype: str
    installation: str | None
    answer: Answer | None

    def of(
        self,
        *,
        delivery_id: str | None = None,
        attempt: int | None = None,
        address: str | None = None,
        recipient: str | None = None,
    ) -> HeardEvent:
        return HeardEvent(
            self.kind,
            self.provider_id,
            self.happened_at,
            delivery_id,
            attempt,
            address,
            self.subtype,
            recipient,
            self.installation,
            answer=self.answer,
        )


def _load(message: str) -> Mapping[str, Any]:
    try:
        record = read_json(message)
    except ValueError:
        raise EventError("not_json") from None
    if not isinstance(record, dict):
        raise EventError("no_type")
    return record


def _provider_id(mail: Mapping[str, Any]) -> str:
    found = mail.get("messageId")
    if not isinstance(found, str) or not _ID.fullmatch(found):
        raise EventError("no_message_id")
    return found


def _happened_at(
    mail: Mapping[str, Any], part: Mapping[str, Any], received_at: datetime | None
) -> datetime:
    """Return when it happened; for what has no time of its own, when SES was given the mail."""
    found = _instant(part.get("timestamp")) or _instant(mail.get("timestamp")) or received_at
    if found is None:
        raise EventError("no_timestamp")
    return found


def _instant(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _delivery_id(mail: Mapping[str, Any]) -> str | None:
    """Return our tag; or our header, where the mail went out by a way that has no tags."""
    tag = _tag(mail, "delivery_id")
    if tag is not None:
        return tag
    for header in mappings(mail.get("headers")):
        name, value = header.get("name"), header.get("value")
        is_named = isinstance(name, str) and name.casefold() == DELIVERY_HEADER.casefold()
        if is_named and isinstance(value, str) and _TAG.fullmatch(value):
            return value
    return None


def _attempt(mail: Mapping[str, Any]) -> int | None:
    tag = _tag(mail, "attempt")
    return int(tag) if tag is not None and _ATTEMPT.fullmatch(tag) else None


def _tag(mail: Mapping[str, Any], name: str) -> str | None:
    values = mapping(mail.get("tags")).get(name)
    value = values[0] if isinstance(values, list) and values else values
    return value if isinstance(value, str) and _TAG.fullmatch(value) else None


def _subtype(kind: EventKind, part: Mapping[str, Any]) -> str:
    if kind is EventKind.BOUNCED:
        kinds = (part.get("bounceType"), part.get("bounceSubType"))
        return "/".join(_plain(one) or "Undetermined" for one in kinds)
    if kind is EventKind.COMPLAINED:
        return _plain(part.get("complaintSubType")) or _plain(part.get("complaintFeedbackType"))
    field = {
        EventKind.REJECTED: "reason",
        EventKind.NOT_RENDERED: "errorMessage",
        EventKind.DELAYED: "delayType",
    }.get(kind)
    return _plain(part.get(field)) if field else ""


def _answer(subtype: str, recipients: object) -> Answer:
    """Return what the first of SES's recipients was answered; our mails have only one."""
    told = next(iter(mappings(recipients)), {})
    texts = (told.get("status"), told.get("diagnosticCode"))
    status, diagnostic = (one if isinstance(one, str) else "" for one in texts)
    return sort_answer(subtype, status, diagnostic)


def _addresses(kind: EventKind, mail: Mapping[str, Any], part: Mapping[str, Any]) -> list[str]:
    """Return each recipient it is about once; the mail's only one, since lists may be redacted."""
    sent_to = mail.get("destination")
    found: Iterable[object] = sent_to if isinstance(sent_to, list) else ()
    if not isinstance(sent_to, list) or len(sent_to) != 1:
        name = {**_ANSWERED, EventKind.COMPLAINED: "complainedRecipients"}
        listed = [one.get("emailAddress") for one in mappings(part.get(name.get(kind, "")))]
        recipients = part.get("recipients")
        found = listed or (recipients if isinstance(recipients, list) else ())
    keys = (_address_key(one) for one in found if isinstance(one, str))
    return list(dict.fromkeys(key for key in keys if key))[:_MAX_RECIPIENTS]


def _address_key(text: str) -> str:
    key = split_mailbox(text)[1].casefold()
    is_usable = len(key) <= _LONGEST_ADDRESS and not _NOT_PLAIN.search(key)
    return key if is_usable else ""


def _plain(value: object) -> str:
    """Return printable ASCII on one line, as a reason that is stored and shown."""
    if not isinstance(value, str):
        return ""
    return _NOT_PLAIN.sub(" ", value[: _LONGEST_SUBTYPE * 2]).strip()[:_LONGEST_SUBTYPE]
