"""What anybody may ask for an address, until a worker answers it, and how often a mailbox was."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.columns import word
from app.enums import AskKind, ConsentSource, Depth


class Ask(Base):
    """A sign-up, or a request for a link to one's preferences or the desk, not answered yet.

    The row is the same for every address, known or not, so that the time an answer takes tells
    nothing; it goes once it is answered. `is_limited` is of one that gets no more than its answer.
    `follows` and what comes after it are of a sign-up: what somebody wants, and where they said so;
    only `language` is of the link to the desk, too.
    `retry_at` is when one that failed is tried again.
    """

    __tablename__ = "asks"
    __table_args__ = (Index("ix_asks_address_key", "address_key", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[AskKind] = mapped_column(word(AskKind))
    address: Mapped[str]
    address_key: Mapped[str]
    is_limited: Mapped[bool]
    asked_at: Mapped[datetime]
    follows: Mapped[int | None]
    depth: Mapped[Depth | None] = mapped_column(word(Depth))
    hour: Mapped[int | None] = mapped_column(SmallInteger)
    time_zone: Mapped[str | None]
    language: Mapped[str] = mapped_column(server_default="", default="")
    source: Mapped[ConsentSource | None] = mapped_column(word(ConsentSource))
    network: Mapped[str | None]
    wording_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    n_tries: Mapped[int] = mapped_column(SmallInteger, server_default="0", default=0)
    retry_at: Mapped[datetime | None]


class Mailbox(Base):
    """How many Letters that anybody can ask for went to a mailbox, and nobody there answered.

    `digest` stands for all spellings of its address (`mailboxes.mailbox_digest`).
    """

    __tablename__ = "mailboxes"

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    n_unanswered: Mapped[int] = mapped_column(SmallInteger)
    written_at: Mapped[datetime]
