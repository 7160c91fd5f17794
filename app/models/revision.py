"""What a Story, or an Issue in its own lines, said before each change: its history."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base


class Revision(Base):
    """One change of a Story's texts, or a run of them (docs/adr/0040).

    Without a `story_id` it is one of its Issue's own lines. `before` is what they said until then,
    None where there was nothing; what they said afterwards is the next row's `before`, or stands
    in the Story itself. `verb` is that of the audit; None for what was there when the history
    began. `who` are those who wrote, each as the audit names them, the first one first.
    """

    __tablename__ = "revisions"
    __table_args__ = (Index("ix_revisions_issue_id", "issue_id", "story_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"))
    story_id: Mapped[int | None] = mapped_column(BigInteger)
    verb: Mapped[str | None]
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    who: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
