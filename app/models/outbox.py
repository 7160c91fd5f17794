"""The outbox: what others may want to know, written in the transaction of the change itself."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.columns import PUBLIC_ID, Xid8, word


class OutboxKind(StrEnum):
    """What an entry tells; `docs/outbox.md` says when each is written, and with which facts."""

    ISSUE_SCHEDULED = "issue.scheduled"
    ISSUE_UNSCHEDULED = "issue.unscheduled"
    ISSUE_LAUNCHED = "issue.launched"
    ISSUE_PAUSED = "issue.paused"
    ISSUE_RESUMED = "issue.resumed"
    ISSUE_CANCELLED = "issue.cancelled"
    ISSUE_SENT = "issue.sent"
    ISSUE_CORRECTED = "issue.corrected"
    READER_JOINED = "reader.joined"
    READER_CONFIRMED = "reader.confirmed"
    READER_CHANGED = "reader.changed"
    READER_LEFT = "reader.left"
    READER_BOUNCED = "reader.bounced"
    READER_COMPLAINED = "reader.complained"
    READER_ERASED = "reader.erased"


class OutboxEntry(Base):
    """One thing that happened, about one Issue or one Subscriber, named by their public ids.

    `facts` are a few, none of a person. `public_id` names the entry to the world. `id` grows in the
    order in which the steps of one Issue or Subscriber were taken, since whoever takes one holds
    its row. Over all of them it does not: a transaction may commit after one with greater ids.
    Whoever reads on goes by `written_in`, the transaction (docs/outbox.md, docs/adr/0035).
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_at", "at", postgresql_using="brin"),
        Index("ix_outbox_written_in", "written_in"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[int] = mapped_column(server_default=PUBLIC_ID)
    written_in: Mapped[str] = mapped_column(Xid8, server_default=text("pg_current_xact_id()"))
    at: Mapped[datetime]
    kind: Mapped[OutboxKind] = mapped_column(word(OutboxKind))
    issue_id: Mapped[int | None] = mapped_column(BigInteger)
    reader_id: Mapped[int | None] = mapped_column(BigInteger)
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
