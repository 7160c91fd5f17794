"""The key that stands in for Amazon SNS's own: what was signed with it can be verified.

Source: SNS developer guide, "Verifying the signatures of Amazon SNS messages".
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

_KEY_BITS = 2048
_DAY = timedelta(days=1)
_VALID_FOR = 365 * _DAY
# Subject only where there is one; the order is part of what is signed.
_NOTIFIED = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMED = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")


@dataclass(frozen=True)
class Signer:
    """A key, its self-signed certificate in PEM, and the path the certificate is served at."""

    key: rsa.RSAPrivateKey
    certificate: bytes
    path: str


def make_signer(now: datetime) -> Signer:
    """Make a new key and its certificate, valid from the day before `now` for a year.

    This takes up to 0.1 s.
    """
    key = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + _VALID_FOR)
        .sign(key, hashes.SHA256())
    )
    digits = certificate.fingerprint(hashes.SHA256()).hex()[:32]
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    return Signer(key, pem, f"/SimpleNotificationService-{digits}.pem")


def string_to_sign(envelope: Mapping[str, str]) -> bytes:
    """Return the names and values that are signed, a line each."""
    names = _NOTIFIED if envelope["Type"] == "Notification" else _CONFIRMED
    lines = [part for name in names if name in envelope for part in (name, envelope[name])]
    return "".join(f"{line}\n" for line in lines).encode()


def sign(signer: Signer, envelope: Mapping[str, str]) -> str:
    """Return the signature of version 2 in base64: RSA, PKCS #1 v1.5, SHA-256. About 0.3 ms."""
    signature = signer.key.sign(string_to_sign(envelope), padding.PKCS1v15(), hashes.SHA256())
    return base64.b64encode(signature).decode()
