"""Opinions: what readers say of an issue when its mail asks them whether it was good."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base


class Opinion(Base):
    """What one reader says of one Issue, the last time that they said it.

    There is no foreign key to subscribers, as for Deliveries; erasing deletes the rows.
    """

    __tablename__ = "opinions"
    __table_args__ = (Index("ix_opinions_subscriber_id", "subscriber_id"),)

    issue_id: Mapped[int] = mapped_column(
        ForeignKey("issues.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    subscriber_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    was_good: Mapped[bool]
    said_at: Mapped[datetime]
