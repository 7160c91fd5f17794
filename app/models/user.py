"""The people who work here: who they are, their links to sign in, and where they are signed in."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base


class User(Base):
    """A person who works at the desk, with the roles that say what they may do (`access.rights`).

    The row is deleted with the person; the audit keeps their name and number. `version` grows with
    each change of name, roles or language: what the desk and its mails speak to them, empty for
    what their browser asks for. No link of before `signed_out_at` is good, nor is a mail sent that
    was asked for before it.
    """

    __tablename__ = "users"
    __table_args__ = (UniqueConstraint("address_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    address: Mapped[str]
    address_key: Mapped[str]
    roles: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    language: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime]
    link_sent_at: Mapped[datetime | None]
    signed_in_at: Mapped[datetime | None]
    signed_out_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default="1")


class SignInLink(Base):
    """A link that signs a User in once: the SHA-256 of its secret, and until when it is good."""

    __tablename__ = "sign_in_links"
    __table_args__ = (
        UniqueConstraint("secret_hash"),
        Index("ix_sign_in_links_user_id", "user_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class UserSession(Base):
    """A browser that a User is signed in with: the SHA-256 of its cookie's secret.

    `network` is a /24 or a /64 and `agent` the browser's and the system's name: enough to know
    one's own again. `seen_at` is true to the minute.
    """

    __tablename__ = "user_sessions"
    __table_args__ = (
        UniqueConstraint("secret_hash"),
        Index("ix_user_sessions_user_id", "user_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    network: Mapped[str | None]
    agent: Mapped[str]
