"""What checks keep: what links answered, and which warnings a person waived."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, SmallInteger, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.columns import word
from app.enums import LinkOutcome
from app.sentences import Sentence


class LinkCheck(Base):
    """What the last check of an address found, whichever stories link to it.

    `url_hash` is its SHA-256, since an address may be too long for an index. `detail` goes on
    after “the link”, once `detail_values` stand in it; `status` is HTTP's, where there was one.
    """

    __tablename__ = "link_checks"
    __table_args__ = (Index("ix_link_checks_seen_at", "seen_at"),)

    url_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    url: Mapped[str]
    outcome: Mapped[LinkOutcome] = mapped_column(word(LinkOutcome))
    detail: Mapped[str]
    detail_values: Mapped[dict[str, str | int]] = mapped_column(JSONB, server_default="{}")
    status: Mapped[int | None] = mapped_column(SmallInteger)
    seen_at: Mapped[datetime]

    @property
    def told(self) -> Sentence:
        """Return what was seen, as it goes on after “the link”."""
        return Sentence(self.detail, **self.detail_values)


class Waiver(Base):
    """A warning of one Issue that a person means so; `finding_id` changes with its text.

    `waived_by` is the name of the API key, `revision` the Issue's at that time.
    """

    __tablename__ = "waivers"
    __table_args__ = (UniqueConstraint("issue_id", "finding_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"))
    finding_id: Mapped[str]
    code: Mapped[str]
    pointer: Mapped[str]
    detail: Mapped[str]
    waived_by: Mapped[str]
    because: Mapped[str]
    revision: Mapped[int]
    waived_at: Mapped[datetime]
