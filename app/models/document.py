"""The document of a draft Issue that people edit together, and its updates, before they settle."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, text
from sqlalchemy.dialects.postgresql import BYTEA, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.actors import ActorKind
from app.db.base import Base
from app.db.columns import word


class Document(Base):
    """The shared document of one Issue (docs/adr/0034): `state` and the updates behind it.

    `state` holds the updates up to the number `n_compacted`. `last_seq` is the last update's
    number, `settled_seq` that of the last one which the stories have; what they were then is
    `settled_version` of the Issue. `numbers` tells which story a key of the document is. `problems`
    are what of it the stories cannot have, and why. `n_bytes` is how much all of it takes.
    `name` is in what browsers keep: a document that was made anew has another one.
    """

    __tablename__ = "documents"
    __mapper_args__ = {"eager_defaults": True}  # noqa: RUF012 - SQLAlchemy declares it so

    issue_id: Mapped[int] = mapped_column(
        ForeignKey("issues.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    name: Mapped[UUID] = mapped_column(server_default=text("gen_random_uuid()"))
    state: Mapped[bytes] = mapped_column(BYTEA)
    n_compacted: Mapped[int] = mapped_column(BigInteger, default=0)
    last_seq: Mapped[int] = mapped_column(BigInteger, default=0)
    settled_seq: Mapped[int] = mapped_column(BigInteger, default=0)
    settled_version: Mapped[int]
    n_bytes: Mapped[int]
    numbers: Mapped[dict[str, int]] = mapped_column(JSONB)
    problems: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)


class DocumentUpdate(Base):
    """One change of a Document as Yjs writes it, and whose it is; numbered within its Issue."""

    __tablename__ = "document_updates"

    issue_id: Mapped[int] = mapped_column(
        ForeignKey("documents.issue_id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    body: Mapped[bytes] = mapped_column(BYTEA)
    at: Mapped[datetime]
    who_kind: Mapped[ActorKind] = mapped_column(word(ActorKind))
    who: Mapped[str]
    who_id: Mapped[int | None] = mapped_column(BigInteger)
