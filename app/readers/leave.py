"""Leave: at once, by anybody who holds the link, any number of times."""

from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models import Subscriber
from app.readers.consent import Origin, record_consent
from app.words import ConsentStep, SubscriberState

_log = structlog.get_logger(__name__)


def leave(session: Session, subscriber_id: int, now: datetime, origin: Origin) -> None:
    """Make the Subscriber `left`; who has left or was erased already stays so.

    Whoever is in a Batch that has not been handed over yet gets nothing any more, because the
    state is read again when its Call is opened.

    Raises:
        NotFound: there never was such a Subscriber.
    """
    subscriber = session.get(Subscriber, subscriber_id, with_for_update=True)
    if subscriber is None:
        raise NotFound("This link is not one of ours.")
    if subscriber.state in {SubscriberState.PENDING, SubscriberState.ACTIVE}:
        subscriber.state = SubscriberState.LEFT
        subscriber.left_at = now
        record_consent(session, subscriber, ConsentStep.LEFT, origin, now)
        _log.info("left", subscriber_id=subscriber.id)
