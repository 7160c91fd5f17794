"""Consent: what a reader agreed to, when, from where and by which way in, only ever added to."""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from app.enums import ConsentSource, ConsentStep
from app.models import Consent, Subscriber
from app.networks import client_ip
from app.outside.journal import JournalStep, remember

_PREFIXES: Final = {4: 24, 6: 64}
"""The part of an address that is kept: it tells a provider and a town, not a household."""

_JOURNALED: Final = {
    ConsentStep.CONFIRMED: JournalStep.JOINED,
    ConsentStep.CAME_BACK: JournalStep.JOINED,
    ConsentStep.CHANGED: JournalStep.CHANGED,
}
"""The steps that a restored backup has to know of, as the journal calls them.

`joining` and `leave` write theirs by themselves, many at once.
"""


@dataclass(frozen=True)
class Origin:
    """Where a step came from: a page, the API …, and the truncated network, if that is known.

    `wording` is the SHA-256 of the text that was agreed to, where a page showed one.
    """

    source: ConsentSource
    network: str | None = None
    wording: bytes | None = None


def record_consent(
    session: Session,
    subscriber: Subscriber,
    step: ConsentStep,
    origin: Origin,
    now: datetime,
    *,
    note: str = "",
) -> None:
    """Add a row that says what the Subscriber follows as of this step.

    Call it after the step itself, in its transaction. `note` is free text about how an editor or
    an import holds the consent; it goes when the Subscriber is erased.
    """
    session.add(
        Consent(
            subscriber_id=subscriber.id,
            step=step,
            source=origin.source,
            at=now,
            follows=subscriber.follows,
            depth=subscriber.depth,
            wording_hash=origin.wording,
            network=origin.network,
            note=note,
        )
    )
    if (what := _JOURNALED.get(step)) is not None:
        facts = {"source": origin.source, "follows": subscriber.follows}
        remember(session, what, now, [subscriber.address_hmac], **facts)


def consents_of(session: Session, *subscriber_ids: int) -> Sequence[Consent]:
    """Return every step of these Subscribers, the first one first."""
    mine = select(Consent).where(Consent.subscriber_id.in_(subscriber_ids))
    return session.scalars(mine.order_by(Consent.id)).all()


def erase_personal_parts(session: Session, subscriber_id: int) -> None:
    """Empty what could name the person; that somebody agreed, when and to what, stays.

    Nothing else of these rows can be changed: the database refuses it.
    """
    personal = or_(Consent.network.is_not(None), Consent.note != "")
    session.execute(
        update(Consent)
        .where(Consent.subscriber_id == subscriber_id, personal)
        .values(network=None, note="")
    )


def network_of(address: str | None, prefixes: Mapping[int, int] = _PREFIXES) -> str | None:
    """Return `203.0.113.0/24` or `2001:db8::/64` for a client's address; None if it is none."""
    parsed = client_ip(address)
    if parsed is None:
        return None
    return str(ipaddress.ip_network((parsed, prefixes[parsed.version]), strict=False))
