"""Notices: what is wrong now or was, and by which way it was last told."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base


class Notice(Base):
    """An alert that was found, from its begin to its end (docs/adr/0056).

    `about` tells it from others of its `name`, as the number of an issue. It is wrong `since`, as
    far as that is known, and was first seen at `begun_at`; it is told from `tells_at` on, and never
    where it has ended before. `webhook_at` and `mail_at` are when it was last told so.
    """

    __tablename__ = "notices"
    __table_args__ = (
        Index(
            "ix_notices_open",
            "name",
            "about",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    about: Mapped[str]
    is_critical: Mapped[bool]
    sentence: Mapped[dict[str, Any]] = mapped_column(JSONB)
    since: Mapped[datetime]
    begun_at: Mapped[datetime]
    tells_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    webhook_at: Mapped[datetime | None]
    mail_at: Mapped[datetime | None]
