"""Tracked links: short signed codes that name a link of an issue, and whose mail it stood in.

Twenty characters, because a long mail holds fifty of them: numbers packed to bytes and eight
bytes of an HMAC, where `app.tokens` has Base64 of JSON and twenty bytes. A forged code could only
count a click of a link that is there, so 64 bits that must be tried one request at a time do.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from app.errors import NotFound
from app.words import LinkKind

_MAC_BYTES: Final = 8
_LONGEST: Final = 64
_MAX_ID: Final = 2**63 - 1
_KINDS: Final = (
    LinkKind.STORY,
    LinkKind.READING,
    LinkKind.ISSUE,
    LinkKind.SPONSOR,
    LinkKind.PIXEL,
)
"""The places stand in links that were mailed: a new kind goes to the end, at most eight."""


@dataclass(frozen=True, order=True)
class LinkTo:
    """A link of an issue's mails; `story_id` is 0 for a link of no story."""

    issue_id: int
    kind: LinkKind
    story_id: int = 0

    @property
    def n_characters(self) -> int:
        """How long its code is."""
        return -(-(len(_packed(self)) + _MAC_BYTES) * 4 // 3)


@dataclass(frozen=True)
class LinkSigner:
    """Makes and reads codes; `keys` are those of `app.tokens.Signer`, newest first."""

    keys: Sequence[str]

    def sign(self, link: LinkTo) -> str:
        """The code of a link, the same for everybody: letters, digits, `-` and `_`."""
        return self._signed(b"link", _packed(link))

    def read(self, code: str) -> LinkTo:
        """The link of a code.

        Raises:
            NotFound: it was not signed by us, or spelt otherwise than we do.
        """
        packed = self._checked(b"link", code)
        issue_id, rest = _number(packed)
        place, end = _number(rest)
        if end or place & 7 >= len(_KINDS):
            raise _not_ours()
        return LinkTo(issue_id, _KINDS[place & 7], place >> 3)

    def sign_reader(self, issue_id: int, subscriber_id: int) -> str:
        """What stands behind a link's code in one reader's mail; of no use in another issue."""
        return self._signed(_of_issue(issue_id), _bytes(subscriber_id))

    def read_reader(self, issue_id: int, code: str) -> int:
        """The reader's number.

        Raises:
            NotFound: as `read`, or it is of another issue.
        """
        subscriber_id, end = _number(self._checked(_of_issue(issue_id), code))
        if end or subscriber_id > _MAX_ID:
            raise _not_ours()
        return subscriber_id

    @cached_property
    def _derived(self) -> list[bytes]:
        return [hmac.digest(key.encode(), b"devoured.tracked-link", "sha256") for key in self.keys]

    def _signed(self, what_for: bytes, packed: bytes) -> str:
        return _text(packed + _mac(self._derived[0], what_for, packed))

    def _checked(self, what_for: bytes, code: str) -> bytes:
        if len(code) > _LONGEST or not code.isascii():
            raise _not_ours()
        try:
            whole = urlsafe_b64decode(code + "=" * (-len(code) % 4))
        except ValueError:
            raise _not_ours() from None
        packed, mac = whole[:-_MAC_BYTES], whole[-_MAC_BYTES:]
        is_ours = any(
            hmac.compare_digest(mac, _mac(key, what_for, packed)) for key in self._derived
        )
        # Decoding skips what is no Base64 and forgets spare bits: only our own spelling is good.
        if not packed or not is_ours or _text(whole) != code:
            raise _not_ours()
        return packed


def _packed(link: LinkTo) -> bytes:
    return _bytes(link.issue_id) + _bytes(link.story_id << 3 | _KINDS.index(link.kind))


def _of_issue(issue_id: int) -> bytes:
    return b"reader." + _bytes(issue_id)


def _mac(key: bytes, what_for: bytes, packed: bytes) -> bytes:
    message = bytes([len(what_for)]) + what_for + packed
    return hmac.digest(key, message, "sha256")[:_MAC_BYTES]


def _text(whole: bytes) -> str:
    return urlsafe_b64encode(whole).rstrip(b"=").decode("ascii")


def _bytes(number: int) -> bytes:
    """Seven bits a byte, the lowest first; all but the last byte have their highest bit set."""
    found = bytearray()
    while number > 0x7F:  # noqa: PLR2004 - the largest of seven bits
        found.append(number & 0x7F | 0x80)
        number >>= 7
    found.append(number)
    return bytes(found)


def _number(packed: bytes) -> tuple[int, bytes]:
    """The first number, and the bytes behind it."""
    number = 0
    for place, byte in enumerate(packed):
        number |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:  # noqa: PLR2004 - the highest bit
            return number, packed[place + 1 :]
    raise _not_ours()


def _not_ours() -> NotFound:
    return NotFound("This link is not one of ours; was it cut off?")
