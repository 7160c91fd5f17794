"""The audit: who changed what, when, from what to what; only ever added to."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.actors import ActorKind
from app.db.base import Base
from app.db.columns import word


class AuditEntry(Base):
    """One change; nothing personal stands in it, and it outlives what it is about.

    `who` is the key's or the person's name, `cli`, or the service; `who_id` the key's or the
    person's number, or the reader's public id. `target_id` is a row's number, of a reader the
    public id; None where there is no single row. `before` and `after` hold the changed fields
    alone, texts cut short. `version` is the target's after the change, `issue_version` the
    issue's. PostgreSQL refuses to change or delete a row.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_issue_id", "issue_id", "id"),
        Index("ix_audit_entries_at", "at"),
        Index("ix_audit_entries_target_kind", "target_kind", "target_id", "id"),
        Index("ix_audit_entries_who", "who", "id"),
        Index(
            "ix_audit_entries_who_kind",
            "who_kind",
            "who_id",
            "id",
            postgresql_where=text("who_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    who_kind: Mapped[ActorKind] = mapped_column(word(ActorKind))
    who: Mapped[str]
    who_id: Mapped[int | None] = mapped_column(BigInteger)
    verb: Mapped[str]
    target_kind: Mapped[str]
    target_id: Mapped[int | None] = mapped_column(BigInteger)
    issue_id: Mapped[int | None] = mapped_column(BigInteger)
    version: Mapped[int | None] = mapped_column(BigInteger)
    issue_version: Mapped[int | None] = mapped_column(BigInteger)
    before: Mapped[dict[str, Any]] = mapped_column(JSONB)
    after: Mapped[dict[str, Any]] = mapped_column(JSONB)
