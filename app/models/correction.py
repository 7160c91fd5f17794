"""Corrections: what was changed in a Story after its Issue was launched, and why."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base


class Correction(Base):
    """One change of one Story after launch; append-only, and `note` is what readers are told.

    `revision` is the Issue's from then on: whoever's Edition is older got the text as in
    `before`. Both hold the changed fields alone. `mail_issue_id` is the Issue that tells those
    readers, once there is one.
    """

    __tablename__ = "corrections"
    __table_args__ = (UniqueConstraint("issue_id", "revision"), UniqueConstraint("mail_issue_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"))
    story_id: Mapped[int] = mapped_column(ForeignKey("stories.id", ondelete="CASCADE"), index=True)
    revision: Mapped[int]
    before: Mapped[dict[str, Any]] = mapped_column(JSONB)
    after: Mapped[dict[str, Any]] = mapped_column(JSONB)
    note: Mapped[str]
    corrected_at: Mapped[datetime]
    mail_issue_id: Mapped[int | None] = mapped_column(ForeignKey("issues.id", ondelete="SET NULL"))
