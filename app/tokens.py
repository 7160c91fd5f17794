"""Signed links: one salt per purpose, several keys so that they can be rotated.

A token is 36 characters: the public id of whom or what it names, the second it was made in, and
14 bytes of an HMAC. Whoever reads one asks `Named.may_be` whether the row that bears the id is the
one that was meant (docs/adr/0019).
"""

import hmac
import re
from base64 import b32decode, b32encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Final

import itsdangerous
import orjson
from itsdangerous import BadData
from itsdangerous.encoding import base64_decode, base64_encode

from app.clock import CLOCKS_APART
from app.errors import Gone, NotFound
from app.public_ids import is_number

_SUBJECT_BYTES: Final = 8
_CLAIM_BYTES: Final = 13
_MAC_BYTES: Final = 14
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{36}")
"""27 bytes fill it to the last bit, so that there is one spelling of each."""

_ADDRESS_TOKEN: Final = re.compile(r"[A-Za-z2-7]{44}")
"""5 bits a character; the last four of them are left over and zero."""


class Purpose(StrEnum):
    """What a link may be used for; a token of one purpose is nothing for another."""

    CONFIRM = "confirm"
    LEAVE = "leave"
    PAGE = "page"
    PREFERENCES = "preferences"
    SHARE = "shared"
    ASKED = "asked"
    NEW_ADDRESS = "new_address"
    PATIENCE = "patience"
    STAY = "stay"


@dataclass(frozen=True, slots=True)
class TokenSubject:
    """What a token names, mostly by its public id, and the second in which it was made."""

    subject: int
    made_at: datetime

    def may_be(self, created_at: datetime) -> bool:
        """Return whether a row made at `created_at` can be what this token was made for.

        No token is older than its reader. Where the subject is a number this alone tells who had
        the number from who has it now; a public id is nobody else's, so clocks may differ there.
        """
        made_by = self.made_at + (timedelta(0) if is_number(self.subject) else CLOCKS_APART)
        return created_at.replace(microsecond=0) <= made_by  # a token tells its second only


@dataclass(frozen=True)
class Signer:
    """Makes and reads tokens; `keys` newest first, older ones only read."""

    keys: Sequence[str]

    def sign(self, purpose: Purpose, subject: int, *, now: datetime) -> str:
        """Return a URL-safe token that names `subject` (0 to 2**64 - 1) and the second `now`."""
        second = int(now.timestamp())
        claim = subject.to_bytes(_SUBJECT_BYTES) + second.to_bytes(_CLAIM_BYTES - _SUBJECT_BYTES)
        return urlsafe_b64encode(claim + _mac(self._derived[purpose][0], claim)).decode()

    def read(
        self, purpose: Purpose, token: str, *, now: datetime, good_for: timedelta | None = None
    ) -> TokenSubject:
        """Return what a token names; it is good for ever unless `good_for` is given.

        Raises:
            NotFound: it was not signed by us for this purpose.
            Gone: it is older than `good_for`.
        """
        named = self._read(purpose, token) or self._read_numbered(purpose, token)
        if named is None:
            raise NotFound("This link is not one of ours; was it cut off?")
        if good_for is not None and now - named.made_at > good_for:
            raise Gone("This link has expired. Please ask for a new one.")
        return named

    def _read(self, purpose: Purpose, token: str) -> TokenSubject | None:
        if not _TOKEN.fullmatch(token):
            return None
        whole = urlsafe_b64decode(token)
        claim, mac = whole[:_CLAIM_BYTES], whole[_CLAIM_BYTES:]
        if not any(hmac.compare_digest(mac, _mac(key, claim)) for key in self._derived[purpose]):
            return None
        second = int.from_bytes(claim[_SUBJECT_BYTES:])
        return TokenSubject(
            int.from_bytes(claim[:_SUBJECT_BYTES]), datetime.fromtimestamp(second, UTC)
        )

    def _read_numbered(self, purpose: Purpose, token: str) -> TokenSubject | None:
        """Return what a token in a mail from before public ids names: there a row's number is."""
        try:
            _refuse_spare_bits(token)
            subject, at = orjson.loads(base64_decode(self._of_old[purpose].unsign(token)))
            return TokenSubject(int(subject), datetime.fromtimestamp(at, UTC))
        except (BadData, ValueError, TypeError):
            return None

    @cached_property
    def _derived(self) -> dict[Purpose, list[bytes]]:
        """Derive the keys of each purpose, the one that signs first."""
        return {
            one: [
                hmac.digest(key.encode(), f"devoured.token.{one}".encode(), "sha256")
                for key in self.keys
            ]
            for one in Purpose
        }

    @cached_property
    def _of_old(self) -> dict[Purpose, itsdangerous.Signer]:
        # itsdangerous signs with the last key of the sequence and tries them all to read.
        keys = list(reversed(self.keys))
        return {one: itsdangerous.Signer(keys, salt=f"devoured.{one}") for one in Purpose}


def token_for_address(token: str) -> str:
    """Spell a token in lower-case letters and digits, since case may be lost in an address.

    Source: RFC 4648 section 6.
    """
    return b32encode(urlsafe_b64decode(token)).rstrip(b"=").decode().lower()


def token_from_address(text: str) -> str | None:
    """Return the token that an address spells in any case; None where it spells none.

    It says nothing of who made it: `Signer.read` does.
    """
    if not _ADDRESS_TOKEN.fullmatch(text):
        return None
    token = urlsafe_b64encode(b32decode(f"{text.upper()}====")).decode()
    return token if token_for_address(token) == text.lower() else None


def _mac(key: bytes, claim: bytes) -> bytes:
    """Return 112 bits: each try at them is a request."""
    return hmac.digest(key, claim, "sha256")[:_MAC_BYTES]


def _refuse_spare_bits(token: str) -> None:
    """Raise ValueError when the signature is another spelling of the same bytes.

    The last character of an unpadded Base64 text has bits that decode to nothing, so several
    spellings of one signature would pass; only ours may. Source: RFC 4648 section 3.5.
    """
    signature = token.rpartition(".")[2]
    if base64_encode(base64_decode(signature)).decode() != signature:
        raise ValueError("not the canonical spelling")
