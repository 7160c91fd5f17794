"""Leavers: whom a mail to us lets leave, by the token that it was addressed to."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clock import CLOCKS_APART
from app.enums import ConsentStep
from app.errors import NotFound
from app.events.payload import HeardEvent
from app.models import Consent
from app.readers.current import current_reader, subscriber_id_of
from app.tokens import Purpose, Signer

_JOINED: Final = (
    ConsentStep.SIGNED_UP,
    ConsentStep.CONFIRMED,
    ConsentStep.ADDED,
    ConsentStep.CAME_BACK,
)


def find_leavers(
    session: Session, signer: Signer, events: Sequence[HeardEvent], now: datetime
) -> Mapping[HeardEvent, Sequence[int]]:
    """Return the Subscribers who are to leave by each of these Events, where there are any.

    It is who they are now. Whoever joined again after the mail came stays: it may have waited for
    us for days. Where the clocks leave that open, they leave.
    """
    found = {
        event: list(_leavers(session, signer, event, now)) for event in events if event.leave_tokens
    }
    return {event: ids for event, ids in found.items() if ids}


def _leavers(session: Session, signer: Signer, event: HeardEvent, now: datetime) -> Iterator[int]:
    for token in event.leave_tokens:
        try:
            subject = signer.read(Purpose.LEAVE, token, now=now)
        except NotFound:
            continue
        reader = current_reader(session, subscriber_id_of(session, subject), lock=False)
        if reader is not None and not _joined_since(session, reader.id, event.happened_at):
            yield reader.id


def _joined_since(session: Session, subscriber_id: int, came_at: datetime) -> bool:
    joined = select(Consent.id).where(
        Consent.subscriber_id == subscriber_id,
        Consent.step.in_(_JOINED),
        Consent.at > came_at + CLOCKS_APART,
    )
    return session.scalar(joined.limit(1)) is not None
