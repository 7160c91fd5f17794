"""Shares: links to previews for people without an account."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.columns import PUBLIC_ID, word
from app.enums import Depth


class Share(Base):
    """A link that opens the preview of an Issue; its token is signed, not kept.

    It opens with the cut `follows` × `depth`. It ends at `expires_at`, or at `revoked_at` once
    somebody revokes it. `shared_by` is the name of the API key. `public_id` names it in its link.
    """

    __tablename__ = "shares"
    __table_args__ = (Index("ix_shares_issue_id", "issue_id"), UniqueConstraint("public_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"))
    follows: Mapped[int]
    depth: Mapped[Depth] = mapped_column(word(Depth))
    shared_by: Mapped[str]
    shared_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    public_id: Mapped[int] = mapped_column(server_default=PUBLIC_ID)
