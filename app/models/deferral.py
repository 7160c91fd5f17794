"""Deferrals: mails that a mailbox provider put off, and why."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.columns import word
from app.enums import Cause


class Deferral(Base):
    """That the mail of an Issue to a Subscriber was put off, as it was last told; it may be over.

    `reason` is SES's word and the provider's code, as `IPFailure 4.7.28`. The row stays when the
    mail arrives, and goes with the ledger. As there, there is no foreign key to subscribers.
    """

    __tablename__ = "deferrals"

    issue_id: Mapped[int] = mapped_column(
        ForeignKey("issues.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    subscriber_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    cause: Mapped[Cause] = mapped_column(word(Cause))
    reason: Mapped[str]
    at: Mapped[datetime]
