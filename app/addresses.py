"""Mail addresses: read, brought to one form, and turned into the HMAC that outlives them."""

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from email_validator import EmailNotValidError, validate_email
from email_validator.rfc_constants import EMAIL_MAX_LENGTH, LOCAL_PART_MAX_LENGTH

from app.errors import FieldError, InvalidInput
from app.sentences import N_, Sentence

_POINTER: Final = "/address"
_ATOM: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]")
_N_SHOWN: Final = 3
_APART: Final = "\0"


@dataclass(frozen=True)
class Address:
    """An address in the form we write to, and the key that makes it unique.

    `text` keeps the local part as given and has the domain in Punycode, because SES takes no
    SMTPUTF8; `key` is all of it case-folded.
    """

    text: str
    key: str


class NoAddress(InvalidInput):
    """This is no address that we can write to; `detail` says why to who typed it."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, [FieldError(_POINTER, sentence)])


def parse_address(raw: str, *, allow_reserved: bool = False) -> Address:
    """Return the address that a person typed.

    Args:
        raw: at most 254 characters, without a display name.
        allow_reserved: take names under `.test` too, for a service on one machine.

    Raises:
        NoAddress: with a sentence for that person. Nothing is looked up on the network.

    Source: RFC 5321 4.1.2 and 4.5.3.1; SESv2 `Destination` (7-bit local part, Punycode domain).
    """
    try:
        found = validate_email(
            raw.strip(),
            allow_smtputf8=False,
            check_deliverability=False,
            strict=True,  # else a local part of any length is taken
            test_environment=allow_reserved,
        )
    except EmailNotValidError:
        raise _why_not(raw.strip()) from None
    text = found.ascii_email or found.normalized
    return Address(text=text, key=text.casefold())


def joined_peppers(peppers: Iterable[str]) -> str:
    """Return the peppers that a database was filled under, oldest first, as one text.

    One alone is itself. None of them holds a NUL: a variable cannot, and of a file it is refused.
    """
    return _APART.join(peppers)


def peppers_of(pepper: str) -> list[str]:
    """Return the peppers that `joined_peppers` made one of, oldest first."""
    return pepper.split(_APART)


def address_hmac(key: str, pepper: str) -> bytes:
    """Return 32 bytes that stand for an address key where the address must not be kept.

    Under several peppers it is the HMAC by the next one of what the one before gave.
    """
    return hashed_by(key.encode(), peppers_of(pepper))


def hashed_by(digest: bytes, peppers: Iterable[str]) -> bytes:
    """Return the HMAC of these bytes by the first pepper, and of what it gives by the next."""
    for one in peppers:
        digest = hmac.digest(one.encode(), digest, hashlib.sha256)
    return digest


_FAULTS: Final[tuple[tuple[Callable[[str, str, str], bool], str], ...]] = (
    (
        lambda typed, _local, _domain: "@" not in typed,
        N_("A mail address has an @ in it, as in name@example.com."),
    ),
    (
        lambda typed, _local, _domain: "<" in typed,
        N_("Please type the address alone, without a name."),
    ),
    (
        lambda typed, _local, _domain: any(char.isspace() for char in typed),
        N_("There is no space in a mail address."),
    ),
    (
        lambda typed, _local, _domain: typed.count("@") > 1,
        N_("There is only one @ in a mail address."),
    ),
    (lambda _typed, local, _domain: not local, N_("Something is missing before the @.")),
    (lambda _typed, _local, domain: not domain, N_("Something is missing after the @.")),
    (
        lambda typed, _local, _domain: ".." in typed,
        N_("There are no two dots in a row in a mail address."),
    ),
    (
        lambda _typed, local, domain: "." in {local[0], local[-1], domain[0], domain[-1]},
        N_("There is no dot at the beginning, beside the @ or at the end of a mail address."),
    ),
)
"""What is most often wrong, by what was typed and its parts before and after the last @."""


def _why_not(typed: str) -> NoAddress:
    """Return the error that says what is wrong with the text, in everyday words."""
    local, _, domain = typed.rpartition("@")
    for is_so, sentence in _FAULTS:
        if is_so(typed, local, domain):
            return NoAddress(sentence)
    return _odd_before(local) or _odd_after(domain) or _wrong_as_a_whole(local, domain)


def _odd_before(local: str) -> NoAddress | None:
    """Return what is wrong before the @; None when nothing is.

    SES does not support SMTPUTF8; the sentence does not blame the person for that.
    """
    if chars := _first_of(char for char in local if not char.isascii()):
        return NoAddress(
            Sentence(
                "We cannot send mail to addresses with “%(chars)s” before the @ yet, even where"
                " such an address is right. Please use one with plain letters there.",
                chars=chars,
            )
        )
    if chars := _first_of(char for char in local if not _ATOM.match(char)):
        return NoAddress(Sentence("There can be no “%(chars)s” before the @.", chars=chars))
    return None


def _odd_after(domain: str) -> NoAddress | None:
    if chars := _first_of(char for char in domain if not (char.isalnum() or char in ".-")):
        return NoAddress(Sentence("There can be no “%(chars)s” after the @.", chars=chars))
    if "." not in domain:
        return NoAddress("Something like “.com” is missing at the end.")
    return None


def _wrong_as_a_whole(local: str, domain: str) -> NoAddress:
    longest = max(len(local), *map(len, domain.split(".")))
    if longest >= LOCAL_PART_MAX_LENGTH or len(local) + len(domain) >= EMAIL_MAX_LENGTH:
        return NoAddress("This is too long for a mail address.")
    if not (local + domain).isprintable():
        return NoAddress("This is no mail address.")
    sentence = Sentence("Nobody gets mail at “%(domain)s”. Is it mistyped?", domain=domain)
    return NoAddress(sentence)


def _first_of(chars: Iterable[str]) -> str:
    """Return the first few of them, once each, as `äö`; nothing where one cannot be shown."""
    found = sorted(set(chars))
    if not all(char.isprintable() for char in found):
        return ""
    return "".join(found[:_N_SHOWN])
