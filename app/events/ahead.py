"""Ahead: find Events of mails of ours that this database never sent, so it is an old one.

The second sign beside the send epoch, and the only one where every place that kept that was lost.
"""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.delivery.epoch import EpochState
from app.delivery.send_epoch import hold
from app.events.payload import HeardEvent
from app.models import Installation

_NEVER: Final = datetime.min.replace(tzinfo=UTC)

_log = structlog.get_logger(__name__)


def hold_if_ahead(session: Session, ahead: Collection[HeardEvent], now: datetime) -> None:
    """Hold the account for a person if any of these happened since the last restore.

    They carry this installation's tag, and name a mail that it does not know: one is enough, since
    nobody else can tag a mail of this SES account, and no public id is given twice.
    """
    if not ahead:
        return
    restored_at = session.scalars(select(Installation.restored_at)).one() or _NEVER
    n_new = sum(event.happened_at > restored_at for event in ahead)
    if n_new:
        _log.error("events_of_a_newer_database", n_events=n_new)
        hold(session, EpochState.OLDER, now)
