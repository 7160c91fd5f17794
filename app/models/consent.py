"""What a reader agreed to, step by step: rows that are only ever added."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.columns import word
from app.enums import ConsentSource, ConsentStep, Depth


class Wording(Base):
    """A text that people agreed to, as they read it; `hash` is the SHA-256 of its UTF-8."""

    __tablename__ = "wordings"

    hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    version: Mapped[str]
    language: Mapped[str]
    text: Mapped[str]
    created_at: Mapped[datetime]


class Consent(Base):
    """One step of one Subscriber: what was agreed to, when, from where, by which way in.

    A trigger refuses to change or delete a row, except to empty `network` and `note`, the
    personal parts (docs/adr/0010). `follows` and `depth` are what was chosen as of this step.
    `wording_hash` is of the text that was on the page as far as the page told us; `Wording` has
    the text, and `wording_version` is None where we cannot say which of our own it was.

    There is no foreign key to subscribers, whose rows are never deleted: checking it would cost a
    million-row import more than writing the row.
    """

    __tablename__ = "consents"
    __table_args__ = (Index("ix_consents_subscriber_id", "subscriber_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    subscriber_id: Mapped[int]
    step: Mapped[ConsentStep] = mapped_column(word(ConsentStep))
    source: Mapped[ConsentSource] = mapped_column(word(ConsentSource))
    at: Mapped[datetime]
    follows: Mapped[int]
    depth: Mapped[Depth] = mapped_column(word(Depth))
    wording_version: Mapped[str | None]
    wording_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    network: Mapped[str | None]
    note: Mapped[str] = mapped_column(server_default="")
