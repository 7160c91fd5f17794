"""Rows of the ledger, for what is counted of them."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.delivery.partitions import ensure_partition
from app.enums import DeliveryState, Depth, EditionState
from app.models import Delivery, Edition, Issue, Subscriber
from tests.factories import make_subscriber

_NO_CUT = 1 << 40
"""Followed by nobody whom a test makes."""


def write_down(
    session: Session,
    issue: Issue,
    state: DeliveryState,
    at: datetime,
    reader: Subscriber | None = None,
    **told: Any,
) -> None:
    """Add the ledger's row of this reader, or of a new one."""
    ensure_partition(session, issue.id)
    reader = reader or make_subscriber(session, follows=_NO_CUT)
    edition = Edition(
        issue_id=issue.id,
        follows=_NO_CUT,
        depth=Depth.DEEP,
        revision=reader.id,  # one of its own, as there is one of each cut and revision
        state=EditionState.RENDERED,
        n_readers=1,
    )
    session.add(edition)
    session.flush()
    values = {"state": state, "attempt": 1, "at": at} | told
    session.add(
        Delivery(issue_id=issue.id, subscriber_id=reader.id, edition_id=edition.id, **values)
    )
    session.flush()
