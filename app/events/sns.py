"""SNS: verify that a posted message is genuine, of our topic, and new (pure).

A valid signature proves only that some topic of some AWS account said it, so the topic must be
one of ours, exactly. The SubscribeURL is never fetched: whoever can make us fetch an address of
their choosing is inside. Source: SNS developer guide, "Verifying the signatures of Amazon SNS
messages"; the names of certificates are those that the AWS SDK for Java expects.

The certificate's own chain is not followed: that it is SNS's rests on TLS to exactly its host, as
docs/adr/0017 says.
"""

import base64
import binascii
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.oid import NameOID

from app.events.errors import EventError
from app.events.tolerant_json import read_json

MAX_BYTES: Final = 512 * 1024
"""Of a posted message: twice what SNS sends. Source: SNS quotas (256 KB)."""

REPLAY_WINDOW: Final = timedelta(hours=1)
"""How old a message may be: SNS gives up delivering by HTTPS after at most 3,600 s.
Source: SNS developer guide, "Creating an HTTP/S delivery policy"."""

_CLOCKS_APART: Final = timedelta(minutes=15)
_MIN_KEY_BITS: Final = 2048

_CERTIFICATE_URL: Final = re.compile(
    r"https://sns\.[a-z]{2}(?:-[a-z]+)+-[0-9]\.amazonaws\.com(?:\.cn)?"
    r"/SimpleNotificationService-[0-9a-f]{1,64}\.pem"
)
_CERTIFICATE_NAME: Final = re.compile(
    r"sns(?:-signing\.[a-z]{2}(?:-[a-z]+)+-[0-9]|-[a-z]{2}(?:-[a-z]+)+-[0-9])?"
    r"\.amazonaws\.com(?:\.cn)?"
)

FetchCertificate = Callable[[str], bytes]
"""The PEM at an address of SNS; raises EventError with `again` when it cannot be had."""


class SnsKind(StrEnum):
    """What SNS wants; the words are SNS's own."""

    NOTIFICATION = "Notification"
    SUBSCRIPTION = "SubscriptionConfirmation"
    UNSUBSCRIPTION = "UnsubscribeConfirmation"


@dataclass(frozen=True)
class SnsMessage:
    """A genuine message. `token` confirms a subscription and is a secret until it has."""

    kind: SnsKind
    message_id: str
    topic_arn: str
    message: str = field(repr=False)
    token: str = field(default="", repr=False)

    @property
    def account(self) -> str:
        """Return the AWS account of its topic; empty for an ARN without one."""
        return "".join(self.topic_arn.split(":")[4:5])


_SIGNED: Final[Mapping[SnsKind, tuple[str, ...]]] = {
    SnsKind.NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    SnsKind.SUBSCRIPTION: (
        *("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    ),
    SnsKind.UNSUBSCRIPTION: (
        *("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    ),
}


def verify(
    body: bytes,
    *,
    topics: Collection[str],
    fetch_certificate: FetchCertificate,
    now: datetime,
    allow_v1: bool = False,
) -> SnsMessage:
    """Return the message that SNS signed, if it is of one of our `topics` and not old.

    What needs no certificate is checked first, so that a stranger cannot make us fetch one.
    `allow_v1` takes SHA-1 signatures too, which topics make by default.

    Raises:
        EventError: `too_large`, `malformed`, `unknown_type`, `foreign_topic`, `bad_timestamp`,
            `too_old`, `from_the_future`, `old_signature_version`, `bad_certificate_url`,
            `bad_signature_encoding`, `bad_certificate`, `certificate_out_of_date`,
            `foreign_certificate`, `wrong_signature`, or what `fetch_certificate` raises.
    """
    fields = _read(body)
    kind = _kind(fields)
    if fields["TopicArn"] not in topics:
        raise EventError("foreign_topic")
    _refuse_other_times(fields["Timestamp"], now)
    algorithm = _algorithm(fields.get("SignatureVersion", ""), allow_v1=allow_v1)
    url = fields.get("SigningCertURL", "")
    if not _CERTIFICATE_URL.fullmatch(url):
        raise EventError("bad_certificate_url")
    signature = _signature(fields.get("Signature", ""))
    key = _key(fetch_certificate(url), now)
    try:
        key.verify(signature, _canonical(kind, fields), PKCS1v15(), algorithm)
    except InvalidSignature:
        raise EventError("wrong_signature") from None
    return SnsMessage(
        kind, fields["MessageId"], fields["TopicArn"], fields["Message"], fields.get("Token", "")
    )


def _read(body: bytes) -> dict[str, str]:
    """Return the text fields of the envelope; SNS's own fields are all texts."""
    if len(body) > MAX_BYTES:
        raise EventError("too_large")
    try:
        found = read_json(body.decode())
    except ValueError:
        raise EventError("malformed") from None
    if not isinstance(found, dict):
        raise EventError("malformed")
    return {name: value for name, value in found.items() if isinstance(value, str)}


def _kind(fields: Mapping[str, str]) -> SnsKind:
    """Return its kind, once all that is signed is there; only a Subject may be missing."""
    try:
        kind = SnsKind(fields.get("Type", ""))
    except ValueError:
        raise EventError("unknown_type") from None
    if any(name not in fields for name in _SIGNED[kind] if name != "Subject"):
        raise EventError("malformed")
    return kind


def _refuse_other_times(timestamp: str, now: datetime) -> None:
    """Refuse a message that is too old or from the future, but let it come again.

    A wrong clock of ours must not lose a genuine message.
    """
    try:
        at = datetime.fromisoformat(timestamp)
        age = now - (at if at.tzinfo else at.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        raise EventError("bad_timestamp") from None
    if age > REPLAY_WINDOW:
        raise EventError("too_old", again=True)
    if age < -_CLOCKS_APART:
        raise EventError("from_the_future", again=True)


def _algorithm(version: str, *, allow_v1: bool) -> hashes.HashAlgorithm:
    if version == "2":
        return hashes.SHA256()
    if version == "1" and allow_v1:
        return hashes.SHA1()  # noqa: S303  # what SNS signs with as version 1; allowed on request
    raise EventError("old_signature_version")


def _signature(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise EventError("bad_signature_encoding") from None


def _key(pem: bytes, now: datetime) -> RSAPublicKey:
    """Return the key of SNS's own certificate, while that is valid."""
    try:
        certificate = x509.load_pem_x509_certificate(pem)
        key = certificate.public_key()
        names = [
            name.value for name in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        ]
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise EventError("bad_certificate") from None
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise EventError("certificate_out_of_date", again=True)
    if len(names) != 1 or not _CERTIFICATE_NAME.fullmatch(str(names[0])):
        raise EventError("foreign_certificate")
    if not isinstance(key, RSAPublicKey) or key.key_size < _MIN_KEY_BITS:
        raise EventError("bad_certificate")
    return key


def _canonical(kind: SnsKind, fields: Mapping[str, str]) -> bytes:
    """Return what SNS signed: names and values in turn, each on a line."""
    signed = (name for name in _SIGNED[kind] if name in fields)
    return "".join(f"{name}\n{fields[name]}\n" for name in signed).encode()
