"""Pastes: the texts of digests as somebody brought them, before and after they are loaded."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base


class Paste(Base):
    """A text that somebody pasted or sent as a file, kept as it came.

    `form` is what it is written in, or empty where its look says so. `mends` says by the number of
    a line what becomes of it (`content.mending`); the text stays. `issue_id` is the draft that it
    is meant for, once it is loaded the Issue that it went into. `version` grows with every change.
    """

    __tablename__ = "pastes"
    __table_args__ = (
        Index("ix_pastes_issue_id", "issue_id"),
        Index("ix_pastes_created_at", "created_at", postgresql_where=text("loaded_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    form: Mapped[str]
    name: Mapped[str]
    mends: Mapped[dict[str, Any]] = mapped_column(JSONB)
    version: Mapped[int]
    pasted_by: Mapped[str]
    created_at: Mapped[datetime]
    loaded_at: Mapped[datetime | None]
    issue_id: Mapped[int | None] = mapped_column(ForeignKey("issues.id", ondelete="SET NULL"))
