"""Webhooks: who is told of the outbox, what each is told, and each attempt to tell it."""

from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.columns import word
from app.models.outbox import OutboxKind


class DisabledBecause(StrEnum):
    """Why a Webhook is told nothing: a person stopped it, it failed for long, or it is gone.

    `restored`: the database is a backup, which may hold one that was removed since.
    """

    PERSON = "person"
    FAILING = "failing"
    GONE = "gone"
    RESTORED = "restored"


class MessageState(StrEnum):
    """waiting → delivered, or failed when it was tried for three days."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


class AttemptOutcome(StrEnum):
    """What came of one request: answered with 2xx or otherwise, or not answered, or not made.

    `private` leads into a network that is not allowed, or there without https; `unsigned` has a
    secret that no signing key opens.
    """

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    PRIVATE = "private"
    UNSIGNED = "unsigned"


class Webhook(Base):
    """An address of somebody else that is told what is in the outbox.

    `kinds` are those it is told of; none: of all. Its secrets are sealed (`app.sealing`); the
    `former` one signs beside the present one until `former_until`. One process at a time sends to
    it, until `leased_until`. `n_failures` requests have failed one after the other since
    `failing_since`, and none is made before `rests_until`.
    """

    __tablename__ = "webhooks"
    __table_args__ = (UniqueConstraint("url"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    url: Mapped[str]
    kinds: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    former_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    former_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    disabled_because: Mapped[DisabledBecause | None] = mapped_column(word(DisabledBecause))
    n_failures: Mapped[int] = mapped_column(Integer, server_default="0", default=0)
    failing_since: Mapped[datetime | None]
    rests_until: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]

    @property
    def host(self) -> str:
        """Return the host, which may be shown anywhere: a path may hold a secret."""
        return urlsplit(self.url).hostname or ""


class WebhookMessage(Base):
    """What one Webhook is told of one entry of the outbox; a sample has no entry.

    `at` is the entry's, `subject_id` the public id of its Issue or Subscriber: those of one subject
    are told one after the other, by `id`. It is tried from `due_at` on. No key holds it to its
    Webhook, which goes at once where these are millions, and these after it.
    """

    __tablename__ = "webhook_messages"
    __table_args__ = (
        Index(
            "ix_webhook_messages_subject",
            *("webhook_id", "subject_id", "id"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index(
            "ix_webhook_messages_due",
            *("webhook_id", "due_at", "id"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("ix_webhook_messages_webhook_id_id", "webhook_id", "id"),
        Index("ix_webhook_messages_at", "at", postgresql_using="brin"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    webhook_id: Mapped[int]
    entry_id: Mapped[int | None]
    kind: Mapped[OutboxKind] = mapped_column(word(OutboxKind))
    at: Mapped[datetime]
    subject_id: Mapped[int]
    state: Mapped[MessageState] = mapped_column(word(MessageState))
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    n_attempts: Mapped[int] = mapped_column(Integer, server_default="0", default=0)
    ended_at: Mapped[datetime | None]


class WebhookAttempt(Base):
    """One request to a Webhook: when, how long it took, and what came of it.

    `detail` are words of ours. Nothing that the other server answers is kept but its status.
    """

    __tablename__ = "webhook_attempts"
    __table_args__ = (
        Index("ix_webhook_attempts_message_id", "message_id"),
        Index("ix_webhook_attempts_webhook_id_id", "webhook_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    webhook_id: Mapped[int]
    message_id: Mapped[int] = mapped_column(ForeignKey("webhook_messages.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    milliseconds: Mapped[int] = mapped_column(Integer)
    outcome: Mapped[AttemptOutcome] = mapped_column(word(AttemptOutcome))
    status: Mapped[int | None] = mapped_column(SmallInteger)
    detail: Mapped[str]


class WebhookPosition(Base):
    """Up to where the outbox was handed to Webhooks (docs/outbox.md); there is one.

    All is done of the snapshot `told`, and up to the id `last` of what `until` has beside it. None:
    it begins anew, from what is committed next.
    """

    __tablename__ = "webhook_positions"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    told: Mapped[str | None]
    until: Mapped[str | None]
    last: Mapped[int] = mapped_column(server_default="0", default=0)
