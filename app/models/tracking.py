"""Tracking: where each tracked link of an Issue leads, how often, and who followed it."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.columns import word
from app.enums import LinkKind


class TrackedLink(Base):
    """One link of an Issue's mails and its counts, which stay for as long as the Issue does.

    Written down when an Edition is rendered, so a click leads nowhere but to what stood there;
    after a correction that is the new address. `story_id` is 0 for a link of no story. `key` tells
    the links within a story's texts apart, which go on leading where they did. `n_human` counts
    people and `n_machine` what is known to be none; `n_readers` different readers, where they are
    kept apart.
    """

    __tablename__ = "tracked_links"

    issue_id: Mapped[int] = mapped_column(
        ForeignKey("issues.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    kind: Mapped[LinkKind] = mapped_column(word(LinkKind), primary_key=True)
    story_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key: Mapped[int] = mapped_column(
        primary_key=True, autoincrement=False, server_default="0", default=0
    )
    url: Mapped[str]
    n_human: Mapped[int] = mapped_column(server_default="0", default=0)
    n_machine: Mapped[int] = mapped_column(server_default="0", default=0)
    n_readers: Mapped[int] = mapped_column(server_default="0", default=0)


class ReaderClick(Base):
    """How often one reader followed one link: only where the publication tracks per reader.

    `was_machine` is about the last time. There is no foreign key to subscribers, as for
    Deliveries; erasing or refusing deletes the rows, and so does time.
    """

    __tablename__ = "reader_clicks"
    __table_args__ = (
        Index("ix_reader_clicks_subscriber_id", "subscriber_id"),
        # Never changed, so that counting a click touches no index; forgetting goes by it.
        Index("ix_reader_clicks_first_at", "first_at"),
    )

    issue_id: Mapped[int] = mapped_column(
        ForeignKey("issues.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    subscriber_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[LinkKind] = mapped_column(word(LinkKind), primary_key=True)
    story_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key: Mapped[int] = mapped_column(
        primary_key=True, autoincrement=False, server_default="0", default=0
    )
    n_human: Mapped[int]
    n_machine: Mapped[int]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    was_machine: Mapped[bool]
