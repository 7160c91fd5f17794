"""What a browser is asked to prove when a User signs in, and what proves who they are."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.columns import word


class ChallengeKind(StrEnum):
    """What a challenge is for: to add a passkey, to sign in with one, or by a provider."""

    ADD_PASSKEY = "add_passkey"
    PASSKEY = "passkey"
    PROVIDER = "provider"


class Challenge(Base):
    """What one browser is to answer, once: the SHA-256 of its cookie's secret, and until when.

    What is asked of the browser is made from that secret (`access.challenges`). `session_id` is
    that of who adds a passkey.
    """

    __tablename__ = "challenges"
    __table_args__ = (
        UniqueConstraint("secret_hash"),
        Index("ix_challenges_session_id", "session_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ChallengeKind] = mapped_column(word(ChallengeKind))
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary)
    session_id: Mapped[int | None] = mapped_column(
        ForeignKey("user_sessions.id", ondelete="CASCADE")
    )
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class Passkey(Base):
    """A passkey of a User: its public key, and how often its authenticator says it was used.

    `public_key` is a COSE key. `sign_count` stays 0 with authenticators that do not count.
    `used_at` is when it last signed its User in.
    """

    __tablename__ = "passkeys"
    __table_args__ = (
        UniqueConstraint("credential_id"),
        Index("ix_passkeys_user_id", "user_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[str]
    credential_id: Mapped[bytes] = mapped_column(LargeBinary)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int]
    transports: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Identity(Base):
    """Who a User is at an OpenID Connect provider: its issuer, and its own word for the person."""

    __tablename__ = "identities"
    __table_args__ = (
        UniqueConstraint("issuer", "subject"),
        UniqueConstraint("user_id", "issuer"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    issuer: Mapped[str]
    subject: Mapped[str]
    created_at: Mapped[datetime]
