"""Mail addresses: read, brought to one form, and turned into the HMAC that outlives them."""

import hashlib
import hmac
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

from app.errors import FieldError, InvalidInput

_POINTER = "/address"


@dataclass(frozen=True)
class Address:
    """An address in the form we write to, and the key that makes it unique.

    `text` keeps the local part as given and has the domain in Punycode, because SES takes no
    SMTPUTF8; `key` is all of it case-folded.
    """

    text: str
    key: str


def parse_address(raw: str, *, allow_reserved: bool = False) -> Address:
    """The address that a person typed.

    Args:
        raw: at most 254 characters, without a display name.
        allow_reserved: take names under `.test` too, for a service on one machine.

    Raises:
        InvalidInput: with a sentence for that person. Nothing is looked up on the network.

    Source: RFC 5321 4.1.2 and 4.5.3.1; SESv2 `Destination` (7-bit local part, Punycode domain).
    """
    try:
        found = validate_email(
            raw.strip(),
            allow_smtputf8=False,
            check_deliverability=False,
            test_environment=allow_reserved,
        )
    except EmailNotValidError as error:
        sentence = _sentence(raw, error)
        raise InvalidInput(sentence, [FieldError(_POINTER, sentence)]) from None
    text = found.ascii_email or found.normalized
    return Address(text=text, key=text.casefold())


def _sentence(raw: str, error: EmailNotValidError) -> str:
    """What is wrong, for who typed it; that SES has no SMTPUTF8 is no fault of theirs."""
    foreign = sorted({char for char in raw.rpartition("@")[0] if not char.isascii()})
    if foreign and all(char.isprintable() for char in foreign):
        shown = ", ".join(f"“{char}”" for char in foreign[:3])
        return (
            f"We cannot send mail to addresses with {shown} before the @ yet, even where such an"
            " address is right. Please use one with plain letters there."
        )
    return str(error)


def address_hmac(key: str, pepper: str) -> bytes:
    """32 bytes that stand for an address key where the address itself must not be kept."""
    return hmac.digest(pepper.encode(), key.encode(), hashlib.sha256)
