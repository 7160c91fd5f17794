"""Subscribers with their Preferences, and Suppressions."""

from datetime import datetime

from sqlalchemy import FetchedValue, Index, LargeBinary, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.columns import PUBLIC_ID, word
from app.enums import Depth, SubscriberState, SuppressionReason


class Subscriber(Base):
    """A person's address with us, and what they chose to read.

    `address` is what we write to (Punycode domain); `address_key` is the whole of it case-folded
    and is what makes it unique. Both are None once erased. `follows` holds a bit per Category.
    `hour`, on the clocks of `time_zone`, else of the publication's, is when issues reach them; who
    chose none gets them as they come out. `language` is the code of what mails to them are said in,
    empty for the publication's. `asked_at` is when a confirmation was last due.
    Of one who `refuses_tracking` no click is kept, only counted.
    `public_id` names them in links and tags (docs/adr/0019): no other subscriber ever has the same.
    `silent_at` is since when they are paused for want of a sign (`readers.sunset`).
    `moved_at` is when the address last changed: links sent before then went to another mailbox.
    `moved_to_id` is set on an erased Subscriber whose address another took over: links of theirs
    work for that one. `version` is raised by PostgreSQL with whatever changes of the row
    (docs/adr/0026).
    """

    __tablename__ = "subscribers"
    __table_args__ = (
        UniqueConstraint("address_key"),
        UniqueConstraint("public_id"),
        Index("ix_subscribers_active", "id", postgresql_where=text("state = 'active'")),
        Index("ix_subscribers_follows", "follows", postgresql_where=text("state = 'active'")),
        Index("ix_subscribers_whole", "id", postgresql_where=text("depth = 'whole'")),
        Index(
            "ix_subscribers_moved_to_id",
            "moved_to_id",
            postgresql_where=text("moved_to_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str | None]
    address_key: Mapped[str | None]
    address_hmac: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[SubscriberState] = mapped_column(word(SubscriberState))
    follows: Mapped[int]
    depth: Mapped[Depth] = mapped_column(word(Depth))
    hour: Mapped[int | None] = mapped_column(SmallInteger)
    time_zone: Mapped[str | None]
    language: Mapped[str] = mapped_column(server_default="", default="")
    paused_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    silent_at: Mapped[datetime | None]
    moved_at: Mapped[datetime | None]
    moved_to_id: Mapped[int | None]
    refuses_tracking: Mapped[bool] = mapped_column(server_default="false", default=False)
    public_id: Mapped[int] = mapped_column(server_default=PUBLIC_ID)
    version: Mapped[int] = mapped_column(server_default="1", server_onupdate=FetchedValue())


class ReaderSign(Base):
    """When a reader last showed that they are a person who wants this (`readers.signs`).

    It is apart from the Subscriber, since it changes with a click: that must raise no version of
    theirs and touch none of their indexes. `last_at` is written at most once a day, and `before_at`
    is what it was, for a click that turns out to be a machine's. There is no foreign key, as for
    Deliveries; erasing deletes the row.
    """

    __tablename__ = "reader_signs"
    # Room in each page for the newer form of a row, which then touches no index.
    __table_args__ = {"postgresql_with": {"fillfactor": 80}}  # noqa: RUF012  # as SQLAlchemy has it

    subscriber_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last_at: Mapped[datetime]
    before_at: Mapped[datetime | None]


class SunsetAsk(Base):
    """That a reader was asked whether they still want this, the last time, and by which Letter.

    They have `days` to answer from when it left, as it said. `paused_at` is when they were paused
    for want of an answer. Who shows a sign later may be asked again after another silence. There is
    no foreign key, as for Deliveries; erasing deletes them.
    """

    __tablename__ = "sunset_asks"
    __table_args__ = (Index("ix_sunset_asks_asked_at", "asked_at"),)

    subscriber_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    asked_at: Mapped[datetime]
    days: Mapped[int] = mapped_column(SmallInteger)
    letter_id: Mapped[int]
    paused_at: Mapped[datetime | None]


class Lift(Base):
    """A Suppression that a person lifted, and why: added to, and forgotten with the reader."""

    __tablename__ = "lifts"

    id: Mapped[int] = mapped_column(primary_key=True)
    address_hmac: Mapped[bytes] = mapped_column(LargeBinary, index=True)
    reason: Mapped[SuppressionReason] = mapped_column(word(SuppressionReason))
    because: Mapped[str]
    lifted_at: Mapped[datetime]


class Suppression(Base):
    """An address that must not be written to, kept as an HMAC so that it survives erasure."""

    __tablename__ = "suppressions"

    address_hmac: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    reason: Mapped[SuppressionReason] = mapped_column(word(SuppressionReason))
    note: Mapped[str]
    created_at: Mapped[datetime]
