"""Ours: whether an Event is about a mail of this installation, and to the reader it names.

After a backup was put back, or where two installations share a queue, SES may tell of mails that
this database does not know and of people who are not ours. Such Events change nothing
(docs/adr/0019).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sqlalchemy import Row, func, select, text
from sqlalchemy.orm import Session

from app.addresses import address_hmac
from app.delivery.installation import installation_tag
from app.enums import EventState
from app.events.payload import HeardEvent
from app.events.targets import DeliveryKey, DeliveryTag, LetterKey, LetterTag, Tag, Target, tag_of
from app.models import ErasedAddress, Event

OTHER_INSTALLATION: Final = "other_installation"
"""Why an Event is foreign: its mail was tagged by another installation."""

OTHER_RECIPIENT: Final = "other_recipient"
"""Why an Event is foreign: its mail went to an address that was never the reader's."""

NEWER_DATABASE: Final = "newer_database"
"""Why an Event is foreign: its mail is ours, and of a row that this database does not have."""

_Keys = dict[Tag, "Known"]

# `may_have_moved`: the mail may have gone to an address that they had before.
_DELIVERIES: Final = text(
    """
    SELECT k.issue, k.subscriber, i.id AS issue_id, s.id AS subscriber_id,
           i.launched_at IS NOT NULL AS may_come, s.address_hmac AS own, m.address_hmac AS taken_by,
           s.moved_at IS NOT NULL OR s.state = 'erased' AS may_have_moved
    FROM unnest(CAST(:issues AS bigint[]), CAST(:subscribers AS bigint[])) AS k (issue, subscriber)
    JOIN issues i ON i.public_id = k.issue
    JOIN subscribers s ON s.public_id = k.subscriber
    LEFT JOIN subscribers m ON m.id = s.moved_to_id
    """
)
_LETTERS: Final = text(
    """
    SELECT l.public_id AS letter, l.id AS letter_id, l.address, s.address_hmac AS own,
           m.address_hmac AS taken_by,
           s.moved_at IS NOT NULL OR s.state = 'erased' AS may_have_moved
    FROM letters l
    LEFT JOIN subscribers s ON s.id = l.subscriber_id AND l.kind <> 'new_address'
    LEFT JOIN subscribers m ON m.id = s.moved_to_id
    WHERE l.public_id = ANY(CAST(:letters AS bigint[]))
    """
)


@dataclass(frozen=True, slots=True)
class Known:
    """A mail of ours that a tag names, and the HMACs of the addresses it may have gone to.

    Without `addresses` it may be any. `may_have_moved` is set where it may also be one that its
    reader had before. `may_come` says that its row in the ledger may still be written;
    it `is_ahead` where that is only once a restored database was brought up to date.
    """

    target: Target
    addresses: frozenset[bytes] = field(repr=False)
    may_have_moved: bool = False
    may_come: bool = False
    is_ahead: bool = False

    @property
    def is_unsent(self) -> bool:
        """Return whether this database cannot have sent it: its Issue was not launched."""
        return isinstance(self.target, DeliveryKey) and not self.may_come


def owners_of(
    session: Session, events: Sequence[HeardEvent], pepper: str
) -> list[Known | str | None]:
    """Return of each Event the mail of ours that it is about, or why it is foreign; reads only.

    It is None where the Event is about nothing that is here. An Event that does not say its
    installation, or its recipient, is taken at its word for that: mails were not always tagged.
    `pepper` keys the HMAC of the recipient.
    """
    own = installation_tag(session)
    tags = [tag_of(event.delivery_id) for event in events]
    known = _known(session, {tag for tag in tags if tag is not None}, pepper)
    found: list[Known | str | None] = [None if tag is None else known.get(tag) for tag in tags]
    odd: list[tuple[int, Known, bytes]] = []
    for place, (event, mail) in enumerate(zip(events, found, strict=True)):
        if event.installation is not None and event.installation != own:
            found[place] = OTHER_INSTALLATION
        elif mail is None and tags[place] is not None and event.installation == own:
            found[place] = NEWER_DATABASE
        elif isinstance(mail, Known):
            if key := _other_address(event, mail, pepper):
                odd.append((place, mail, key))
            if mail.is_unsent and event.installation == own:
                found[place] = replace(mail, may_come=True, is_ahead=True)
    # Whoever moves away from an address, or is erased, leaves its HMAC there.
    before = _given_up(session, {key for _, mail, key in odd if mail.may_have_moved})
    for place, mail, key in odd:
        if not (mail.may_have_moved and key in before):
            found[place] = OTHER_RECIPIENT
    return found


def is_ahead(mail: Known | str | None) -> bool:
    """Return whether only a newer state of this database can have sent what `owners_of` found."""
    return mail.is_ahead if isinstance(mail, Known) else mail == NEWER_DATABASE


def count_foreign(session: Session) -> int:
    """Return how many stored Events were none of ours."""
    return session.scalar(select(func.count()).where(Event.state == EventState.FOREIGN)) or 0


def _known(session: Session, tags: Iterable[Tag], pepper: str) -> _Keys:
    """Return the mails of ours that these tags name."""
    deliveries = [tag for tag in tags if isinstance(tag, DeliveryTag)]
    letters = [tag.letter for tag in tags if isinstance(tag, LetterTag)]
    found: _Keys = {}
    if deliveries:
        values = {
            "issues": [tag.issue for tag in deliveries],
            "subscribers": [tag.subscriber for tag in deliveries],
        }
        for row in session.execute(_DELIVERIES, values).all():
            issue, subscriber, issue_id, subscriber_id, may_come, own, taken_by, may_have_moved = (
                row
            )
            found[DeliveryTag(issue, subscriber)] = Known(
                DeliveryKey(issue_id, subscriber_id),
                _addresses(own, taken_by),
                may_have_moved,
                may_come,
            )
    if letters:
        for row in session.execute(_LETTERS, {"letters": letters}).all():
            found[LetterTag(row.letter)] = _letter(row, pepper)
    return found


def _letter(row: Row[Any], pepper: str) -> Known:
    target = LetterKey(row.letter_id)
    if row.address is not None:
        return Known(target, frozenset([address_hmac(row.address.casefold(), pepper)]))
    return Known(target, _addresses(row.own, row.taken_by), bool(row.may_have_moved))


def _addresses(own: bytes | None, taken_by: bytes | None) -> frozenset[bytes]:
    """Return the HMACs of the address that a reader has, and that of who took theirs over."""
    return frozenset(one for one in (own, taken_by) if one)


def _other_address(event: HeardEvent, mail: Known, pepper: str) -> bytes:
    """Return the HMAC of where the mail went, if that is none of its addresses; else nothing."""
    if event.recipient is None or not (mail.addresses or mail.may_have_moved):
        return b""
    key = address_hmac(event.recipient, pepper)
    return b"" if key in mail.addresses else key


def _given_up(session: Session, keys: Iterable[bytes]) -> set[bytes]:
    wanted = sorted(keys)
    if not wanted:
        return set()
    given_up = select(ErasedAddress.address_hmac).where(ErasedAddress.address_hmac.in_(wanted))
    return set(session.scalars(given_up))
