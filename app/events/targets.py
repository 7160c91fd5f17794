"""Targets: which Delivery or Letter an Event names.

Our tag says it, by public ids; where there is none (notifications of an identity without headers),
the reader's address and the provider's id do.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.events.payload import HeardEvent

_ID: Final = "([1-9][0-9]{0,17}|[1-4][0-9]{18})"
"""A public id, or the number of a row that is older than those; a `bigint` in any case."""

_DELIVERY: Final = re.compile(f"{_ID}-{_ID}")
_LETTER: Final = re.compile(f"letter-{_ID}")


class DeliveryTag(NamedTuple):
    """The Delivery of one Issue to one Subscriber, by their public ids."""

    issue: int
    subscriber: int


class LetterTag(NamedTuple):
    """A Letter, by its public id."""

    letter: int


class DeliveryKey(NamedTuple):
    """The Delivery of one Issue to one Subscriber."""

    issue_id: int
    subscriber_id: int


class LetterKey(NamedTuple):
    """A Letter."""

    letter_id: int


Tag = DeliveryTag | LetterTag
Target = DeliveryKey | LetterKey

# By address only what the provider's id proves to be ours: others may send from the same domain.
_BY_ADDRESS = text(
    """
    SELECT k.address, k.provider_id, coalesce(
        (SELECT i.public_id || '-' || s.public_id FROM deliveries d
         JOIN issues i ON i.id = d.issue_id
         WHERE d.subscriber_id = s.id AND d.provider_id = k.provider_id LIMIT 1),
        (SELECT 'letter-' || l.public_id FROM letters l
         WHERE l.subscriber_id = s.id AND l.provider_id = k.provider_id LIMIT 1))
    FROM unnest(CAST(:addresses AS text[]), CAST(:provider_ids AS text[]))
        AS k (address, provider_id)
    JOIN subscribers s ON s.address_key = k.address
    """
)


def tag_of(delivery_id: str | None) -> Tag | None:
    """Return what a tag says, if it has the form of one of ours."""
    if delivery_id is None:
        return None
    if found := _DELIVERY.fullmatch(delivery_id):
        return DeliveryTag(int(found[1]), int(found[2]))
    if found := _LETTER.fullmatch(delivery_id):
        return LetterTag(int(found[1]))
    return None


def find_by_address(session: Session, events: Sequence[HeardEvent]) -> dict[HeardEvent, HeardEvent]:
    """Return those of the untagged Events whose address is a Subscriber's.

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
