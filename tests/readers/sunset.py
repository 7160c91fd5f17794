"""Readers of whom there was no sign for long, and what the rule did about them."""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.enums import BatchState, DeliveryState, Depth, EditionState, LetterKind, Tracking
from app.models import Batch, Edition, Issue, Letter, Publication, Subscriber
from app.readers.sunset import Rule
from tests.factories import make_subscriber

DAY: Final = timedelta(days=1)
RULE: Final = Rule(months=6, days=30, daily=24_000)
LONG: Final = 300 * DAY


def keep_clicks(session: Session, now: datetime) -> None:
    """Let clicks be kept per reader for longer than anybody is silent."""
    publication = session.get_one(Publication, 1)
    publication.tracking, publication.clicks_kept_since = Tracking.PER_READER, now - 2 * LONG
    session.commit()


def silent_reader(session: Session, now: datetime, **overrides: Any) -> Subscriber:
    """Add somebody who confirmed long ago and showed no sign since."""
    values: dict[str, Any] = {"follows": 1, "created_at": now - LONG, "confirmed_at": now - LONG}
    return make_subscriber(session, **values | overrides)


def asked(session: Session) -> list[int | None]:
    """Return who was asked, in order."""
    kind = Letter.kind == LetterKind.SUNSET
    return list(session.scalars(select(Letter.subscriber_id).where(kind).order_by(Letter.id)))


def arrive(session: Session, at: datetime, state: DeliveryState = DeliveryState.DELIVERED) -> None:
    """Let this become of the mails."""
    session.execute(update(Letter).values(state=state, settled_at=at))


def goes_out(
    session: Session, issue: Issue, state: BatchState, now: datetime, wait: timedelta | None
) -> None:
    """Give the Issue a Batch of this state that is due after this wait; None is at once."""
    edition = Edition(
        issue_id=issue.id,
        follows=1,
        depth=Depth.DEEP,
        revision=1,
        state=EditionState.RENDERED,
        n_readers=1,
    )
    session.add(edition)
    session.flush()
    session.add(
        Batch(
            issue_id=issue.id,
            edition_id=edition.id,
            subscriber_ids=[1],
            n_readers=1,
            state=state,
            n_taken=0,
            tries=0,
            not_before=None if wait is None else now + wait,
            lease_number=0,
        )
    )
    session.flush()


def silent_since(session: Session, reader: Subscriber) -> datetime | None:
    """Return since when a reader is paused for want of a sign."""
    session.flush()
    session.refresh(reader)
    return reader.silent_at
