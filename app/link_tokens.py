"""Tracked links: short signed codes that name a link of an issue, and whose mail it stood in.

Twenty characters, because a long mail holds fifty of them: numbers packed to bytes and eight
bytes of an HMAC, where `app.tokens` has Base64 of JSON and twenty bytes. A forged code could only
count a click of a link that is there, so 64 bits that must be tried one request at a time do.
A link within a story's texts has ten more, which tell it from others there (docs/adr/0050).

A code says the numbers of its rows, which are short, and is signed over their public ids: after a
backup was put back, the code of an issue or reader that is lost is nothing to who has the number
now (docs/adr/0019). So to read one, the public id of the row has to be looked up.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Final

from app.enums import LinkKind
from app.errors import NotFound

PublicIdOf = Callable[[int], int | None]
"""Looks up the public id of the row of this number; None where there is none."""

_MAC_BYTES: Final = 8
_LONGEST: Final = 64
_MAX_ID: Final = 2**63 - 1
_KEY_BITS: Final = 49
"""Seven bytes of a code: two of a story's links are alike once in 10 ** 11 stories of a hundred."""

_KINDS: Final = (
    LinkKind.STORY,
    LinkKind.READING,
    LinkKind.ISSUE,
    LinkKind.SPONSOR,
    LinkKind.PIXEL,
    LinkKind.WITHIN,
)
"""The places stand in links that were mailed: a new kind goes to the end, at most eight."""


@dataclass(frozen=True, order=True)
class LinkTo:
    """A link of an issue's mails; `story_id` is 0 for a link of no story.

    `key` tells the links within a story's texts from each other, and is 0 for all other links.
    """

    issue_id: int
    kind: LinkKind
    story_id: int = 0
    key: int = 0

    @property
    def n_characters(self) -> int:
        """Return how long its code is."""
        return -(-(len(_packed(self)) + _MAC_BYTES) * 4 // 3)


def within(issue_id: int, story_id: int, url: str) -> LinkTo:
    """Return the link to an address within the texts of a story.

    Its key is of the address, not of its place: after a correction there may be another one at
    that place, and the mails of before go on leading where they did.
    """
    digest = int.from_bytes(sha256(url.encode()).digest())
    return LinkTo(issue_id, LinkKind.WITHIN, story_id, digest >> (256 - _KEY_BITS))


@dataclass(frozen=True)
class LinkSigner:
    """Makes and reads codes; `keys` are those of `app.tokens.Signer`, newest first."""

    keys: Sequence[str]

    def sign(self, link: LinkTo, public_id: int) -> str:
        """Return the code of a link, the same for everybody: letters, digits, `-` and `_`.

        `public_id` is the Issue's.
        """
        return self._signed(_of_link(link.issue_id, public_id), _packed(link))

    def read(self, code: str, public_id_of: PublicIdOf) -> LinkTo:
        """Return the link of a code; `public_id_of` looks up an Issue's.

        Raises:
            NotFound: it was not signed by us for an Issue of ours, or spelt otherwise than we do.
        """
        packed, mac = _parts(code)
        issue_id, rest = _number(packed)
        place, rest = _number(rest)
        if place & 7 >= len(_KINDS):
            raise _not_ours()
        kind = _KINDS[place & 7]
        key, rest = _number(rest) if kind is LinkKind.WITHIN else (0, rest)
        if rest:
            raise _not_ours()
        self._check(_of_link(issue_id, _known(issue_id, public_id_of)), packed, mac)
        return LinkTo(issue_id, kind, place >> 3, key)

    def sign_reader(self, issue: int, subscriber_id: int, public_id: int) -> str:
        """Return what stands behind a link's code in one reader's mail; no use in another issue.

        `issue` is the public id of the Issue, `public_id` that of the Subscriber.
        """
        return self._signed(_of_issue(issue, subscriber_id, public_id), _bytes(subscriber_id))

    def read_reader(self, issue: int, code: str, public_id_of: PublicIdOf) -> int:
        """Return the reader's number; `public_id_of` looks up a Subscriber's.

        Raises:
            NotFound: as `read`, or it is of another issue.
        """
        packed, mac = _parts(code)
        subscriber_id, end = _number(packed)
        if end:
            raise _not_ours()
        public_id = _known(subscriber_id, public_id_of)
        self._check(_of_issue(issue, subscriber_id, public_id), packed, mac)
        return subscriber_id

    @cached_property
    def _derived(self) -> list[bytes]:
        return [hmac.digest(key.encode(), b"devoured.tracked-link", "sha256") for key in self.keys]

    def _signed(self, what_for: bytes, packed: bytes) -> str:
        return _text(packed + _mac(self._derived[0], what_for, packed))

    def _check(self, what_for: bytes, packed: bytes, mac: bytes) -> None:
        if not any(hmac.compare_digest(mac, _mac(key, what_for, packed)) for key in self._derived):
            raise _not_ours()


def _parts(code: str) -> tuple[bytes, bytes]:
    """Return what a code says, and what is to prove it."""
    if len(code) > _LONGEST or not code.isascii():
        raise _not_ours()
    try:
        whole = urlsafe_b64decode(code + "=" * (-len(code) % 4))
    except ValueError:
        raise _not_ours() from None
    # Decoding skips what is no Base64 and forgets spare bits: only our own spelling is good.
    if len(whole) <= _MAC_BYTES or _text(whole) != code:
        raise _not_ours()
    return whole[:-_MAC_BYTES], whole[-_MAC_BYTES:]


def _known(number: int, public_id_of: PublicIdOf) -> int:
    found = public_id_of(number) if number <= _MAX_ID else None
    if found is None:
        raise _not_ours()
    return found


def _packed(link: LinkTo) -> bytes:
    place = _bytes(link.issue_id) + _bytes(link.story_id << 3 | _KINDS.index(link.kind))
    return place + _bytes(link.key) if link.kind is LinkKind.WITHIN else place


def _of_link(issue_id: int, public_id: int) -> bytes:
    return b"link" + _unless_same(issue_id, public_id)


def _of_issue(issue: int, subscriber_id: int, public_id: int) -> bytes:
    return b"reader." + _bytes(issue) + _unless_same(subscriber_id, public_id)


def _unless_same(number: int, public_id: int) -> bytes:
    """Return nothing of what has its number as its public id: so were codes signed before."""
    return b"" if number == public_id else _bytes(public_id)


def _mac(key: bytes, what_for: bytes, packed: bytes) -> bytes:
    message = bytes([len(what_for)]) + what_for + packed
    return hmac.digest(key, message, "sha256")[:_MAC_BYTES]


def _text(whole: bytes) -> str:
    return urlsafe_b64encode(whole).rstrip(b"=").decode("ascii")


def _bytes(number: int) -> bytes:
    """Encode seven bits a byte, lowest first; all but the last byte have the highest bit set."""
    found = bytearray()
    while number > 0x7F:  # noqa: PLR2004 - the largest of seven bits
        found.append(number & 0x7F | 0x80)
        number >>= 7
    found.append(number)
    return bytes(found)


def _number(packed: bytes) -> tuple[int, bytes]:
    """Return the first number, and the bytes behind it."""
    number = 0
    for place, byte in enumerate(packed):
        number |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:  # noqa: PLR2004 - the highest bit
            return number, packed[place + 1 :]
    raise _not_ours()


def _not_ours() -> NotFound:
    return NotFound("This link is not one of ours; was it cut off?")
