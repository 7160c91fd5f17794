"""Rows of the ledger, for pages that show what became of mails."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.enums import DeliveryState, Depth, EditionState
from app.models import Delivery, Edition, Issue
from tests.factories import make_subscriber


def write_down(
    session: Session, issue: Issue, at: datetime, *states: DeliveryState, **told: Any
) -> None:
    """Add a row for a new reader for each of these states."""
    edition = Edition(
        issue_id=issue.id,
        follows=8,  # of no cut that a test has readers in
        depth=Depth.DEEP,
        revision=issue.revision,
        state=EditionState.RENDERED,
        n_readers=len(states),
    )
    session.add(edition)
    session.flush()
    for state in states:
        reader = make_subscriber(session, follows=8)
        values = {"state": state, "attempt": 1, "at": at} | told
        session.add(
            Delivery(issue_id=issue.id, subscriber_id=reader.id, edition_id=edition.id, **values)
        )
    session.flush()
