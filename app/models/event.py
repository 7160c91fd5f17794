"""Events: what SES tells of a message, raw as it came and as far as it was understood."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.columns import word
from app.enums import EventKind, EventState


class Event(Base):
    """One event, stored before it is answered for and applied afterwards.

    `unique_id` is the provider's; a second copy is not stored. `delivery_id` is our own tag, as
    `{issue}-{subscriber}` or `letter-{letter}`, by public ids. One that waits came before its
    Delivery was written.
    """

    __tablename__ = "events"
    __table_args__ = (
        UniqueConstraint("unique_id"),
        Index("ix_events_new", "id", postgresql_where=text("state = 'new'")),
        Index("ix_events_waiting", "delivery_id", postgresql_where=text("state = 'waiting'")),
        Index("ix_events_unreadable", "id", postgresql_where=text("state = 'unreadable'")),
        Index("ix_events_foreign", "id", postgresql_where=text("state = 'foreign'")),
        Index("ix_events_received_at", "received_at"),
        # Few keep their text, and an erasure has to look through it.
        Index("ix_events_body", "id", postgresql_where=text("body <> ''")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unique_id: Mapped[str]
    received_at: Mapped[datetime]
    body: Mapped[str]
    state: Mapped[EventState] = mapped_column(word(EventState))
    kind: Mapped[EventKind | None] = mapped_column(word(EventKind))
    delivery_id: Mapped[str | None]
    attempt: Mapped[int | None]
    provider_id: Mapped[str | None]
    happened_at: Mapped[datetime | None]
    applied_at: Mapped[datetime | None]
    error: Mapped[str | None]
