"""Reputation: what mailbox providers say of a domain that we send from, day by day."""

from datetime import date, datetime

from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base


class ReputationDay(Base):
    """What a provider says of a domain's mails of one day; shares are 0 to 1.

    `spam_rate` is the share that its readers called spam. The others are of the mails that passed
    SPF, DKIM and DMARC. What it does not tell is None.
    """

    __tablename__ = "reputation_days"

    provider: Mapped[str] = mapped_column(primary_key=True)
    domain: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    spam_rate: Mapped[float | None]
    spf_rate: Mapped[float | None]
    dkim_rate: Mapped[float | None]
    dmarc_rate: Mapped[float | None]
    told_at: Mapped[datetime]


class ReputationRequirement(Base):
    """Whether a domain does what a provider asks of who writes to many, as it was last told.

    `requirement` is the provider's own word, as `one_click_unsubscribe`.
    """

    __tablename__ = "reputation_requirements"

    provider: Mapped[str] = mapped_column(primary_key=True)
    domain: Mapped[str] = mapped_column(primary_key=True)
    requirement: Mapped[str] = mapped_column(primary_key=True)
    is_met: Mapped[bool]
    told_at: Mapped[datetime]
