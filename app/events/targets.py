"""Targets: which Delivery or Letter an Event speaks of.

Our tag says it; where there is none (notifications of an identity without headers), the reader's
address and the provider's id do.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.events.payload import HeardEvent

_DELIVERY: Final = re.compile(r"([1-9][0-9]{0,17})-([1-9][0-9]{0,17})")
_LETTER: Final = re.compile(r"letter-([1-9][0-9]{0,17})")


class DeliveryKey(NamedTuple):
    """The Delivery of one Issue to one Subscriber."""

    issue_id: int
    subscriber_id: int


class LetterKey(NamedTuple):
    """A Letter."""

    letter_id: int


Target = DeliveryKey | LetterKey

# By address only what the provider's id proves to be ours: others may send from the same domain.
_BY_ADDRESS = text(
    """
    SELECT k.address, k.provider_id, coalesce(
        (SELECT d.issue_id || '-' || d.subscriber_id FROM deliveries d
         WHERE d.subscriber_id = s.id AND d.provider_id = k.provider_id LIMIT 1),
        (SELECT 'letter-' || l.id FROM letters l
         WHERE l.subscriber_id = s.id AND l.provider_id = k.provider_id LIMIT 1))
    FROM unnest(CAST(:addresses AS text[]), CAST(:provider_ids AS text[]))
        AS k (address, provider_id)
    JOIN subscribers s ON s.address_key = k.address
    """
)

_TO_COME = text(
    """
    SELECT k.issue_id, k.subscriber_id
    FROM unnest(CAST(:issue_ids AS bigint[]), CAST(:subscriber_ids AS bigint[]))
        AS k (issue_id, subscriber_id)
    JOIN issues i ON i.id = k.issue_id AND i.launched_at IS NOT NULL
    JOIN subscribers s ON s.id = k.subscriber_id
    """
)


def target_of(delivery_id: str | None) -> Target | None:
    """What a tag names, if it has the form of one of ours."""
    if delivery_id is None:
        return None
    if found := _DELIVERY.fullmatch(delivery_id):
        return DeliveryKey(int(found[1]), int(found[2]))
    if found := _LETTER.fullmatch(delivery_id):
        return LetterKey(int(found[1]))
    return None


def find_by_address(session: Session, events: Sequence[HeardEvent]) -> dict[HeardEvent, HeardEvent]:
    """Those of the untagged Events whose address is a Subscriber's.

    Each with the `delivery_id` that it turned out to be about, or still without one when no mail
    to that Subscriber is known by the provider's id: the answer may not be written down yet.
    """
    by_key = {(event.address, event.provider_id): event for event in events if event.address}
    if not by_key:
        return {}
    values = {
        "addresses": [address for address, _ in by_key],
        "provider_ids": [provider_id for _, provider_id in by_key],
    }
    delivery_ids = {(row[0], row[1]): row[2] for row in session.execute(_BY_ADDRESS, values)}
    return {
        event: replace(event, delivery_id=delivery_ids[event.address, event.provider_id])
        for event in events
        if (event.address, event.provider_id) in delivery_ids
    }


def still_to_come(session: Session, keys: Iterable[DeliveryKey]) -> set[DeliveryKey]:
    """Those that may yet be written: of an Issue that was launched, to a Subscriber of ours."""
    wanted = sorted(keys)
    if not wanted:
        return set()
    values = {
        "issue_ids": [key.issue_id for key in wanted],
        "subscriber_ids": [key.subscriber_id for key in wanted],
    }
    return {DeliveryKey(*row) for row in session.execute(_TO_COME, values)}
