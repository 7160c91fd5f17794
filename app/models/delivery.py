"""The ledger: Editions, Batches, Calls, Deliveries and Letters (docs/adr/0004)."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.columns import PUBLIC_ID, word
from app.enums import (
    BatchOrigin,
    BatchState,
    CallState,
    Cause,
    DeliveryState,
    Depth,
    EditionState,
    LetterKind,
)

PARTITION: Final = "deliveries_p"
"""What the names of the ledger's partitions begin with."""


class AcceptedBy(StrEnum):
    """How it is known that the provider accepted a mail.

    The provider's own `answer` says it, in which case the Event stream can be measured by that
    mail; where there was no answer an `event` proves it, or a `person` says so.
    """

    ANSWER = "answer"
    EVENT = "event"
    PERSON = "person"


class Edition(Base):
    """One frozen rendering of an Issue for one cut; `follows` is the cut's categories as bits.

    `public_id` is the cut's unguessable address on the web, the same for all of its revisions: a
    correction after launch makes a new Edition, and the old one stays for whoever got it
    (docs/adr/0012). `error` is what a template got wrong. `trimmed` is what it gave up so as not
    to be clipped: `what` and the stories' `titles`. `tracked_html` is what is mailed where links
    are tracked; `html` has them straight, and is what anybody else is shown.
    """

    __tablename__ = "editions"
    __table_args__ = (
        UniqueConstraint("issue_id", "follows", "depth", "revision"),
        UniqueConstraint("public_id", "revision"),
        Index("ix_editions_unrendered", "issue_id", postgresql_where=text("state <> 'rendered'")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[UUID] = mapped_column(server_default=text("gen_random_uuid()"))
    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"))
    follows: Mapped[int]
    depth: Mapped[Depth] = mapped_column(word(Depth))
    revision: Mapped[int]
    state: Mapped[EditionState] = mapped_column(word(EditionState))
    n_readers: Mapped[int] = mapped_column(Integer)
    subject: Mapped[str | None]
    html: Mapped[str | None]
    text: Mapped[str | None]
    tracked_html: Mapped[str | None]
    content_hash: Mapped[str | None]
    trimmed: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]", default=list)
    error: Mapped[str | None]
    rendered_at: Mapped[datetime | None]


class Batch(Base):
    """A frozen slice of an Edition's and a Wave's readers, the unit of work of a worker.

    `not_before` is the Wave's instant, or when its next try is due. A held Batch waits until its
    Wave's canary has been judged.

    The first `n_taken` of `subscriber_ids` have been put into Calls or skipped; a worker that
    takes over a lost lease goes on behind them, so nobody is taken twice. `lease_number` fences
    the leases; `tries` counts how often these readers were tried before; `origin` says where they
    come from. While the domain is warmed up they count in the ceiling of `warm_up_day`, and are
    written to on that day of UTC.
    """

    __tablename__ = "batches"
    __table_args__ = (
        Index("ix_batches_open", "issue_id", "id", postgresql_where=text("state <> 'done'")),
        Index("ix_batches_issue_id", "issue_id"),
        Index(
            "ix_batches_warm_up_day",
            "warm_up_day",
            postgresql_where=text("warm_up_day IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"))
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"))
    subscriber_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    n_readers: Mapped[int] = mapped_column(Integer)
    state: Mapped[BatchState] = mapped_column(word(BatchState))
    origin: Mapped[BatchOrigin] = mapped_column(word(BatchOrigin), default=BatchOrigin.LAUNCH)
    n_taken: Mapped[int] = mapped_column(Integer)
    tries: Mapped[int] = mapped_column(SmallInteger)
    not_before: Mapped[datetime | None]
    lease_number: Mapped[int] = mapped_column(Integer)
    leased_by: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    warm_up_day: Mapped[date | None] = mapped_column(Date)


class Call(Base):
    """The durable intent to hand some recipients to a Transport, written before a byte leaves.

    It is of a Batch (then `subscriber_ids` says whose) or of one Letter.
    """

    __tablename__ = "calls"
    __table_args__ = (
        Index("ix_calls_unsettled", "opened_at", postgresql_where=text("state <> 'closed'")),
        Index("ix_calls_batch_id", "batch_id"),
        # A running Issue's rate is of the last minute, and Calls are kept for long.
        Index("ix_calls_closed_at", "closed_at", postgresql_where=text("closed_at IS NOT NULL")),
        Index("ix_calls_letter_id", "letter_id", postgresql_where=text("letter_id IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("batches.id", ondelete="CASCADE"))
    letter_id: Mapped[int | None] = mapped_column(ForeignKey("letters.id", ondelete="CASCADE"))
    subscriber_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    state: Mapped[CallState] = mapped_column(word(CallState))
    attempt: Mapped[int] = mapped_column(SmallInteger)
    worker: Mapped[str]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class Delivery(Base):
    """One Issue to one Subscriber, written once when its Call closes.

    `accepted_by` is how it is known that the provider accepted the mail, whatever became of it
    then; None while nothing says that it did. `event_at` is when that happened which an Event told
    of; None while only the provider's own answer is known. `cause` is whose doing a bounce is.
    The table is partitioned by `issue_id` so that old issues drop cheaply.

    There is no foreign key to subscribers: checking it would cost more than writing the row, and
    a Subscriber's row is never deleted (docs/adr/0004).
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        Index("ix_deliveries_subscriber_id", "subscriber_id"),
        # Few rows are ever in it: the counts that a running Issue is watched by are cheap.
        Index(
            "ix_deliveries_unusual",
            "issue_id",
            "state",
            postgresql_where=text("state NOT IN ('accepted', 'delivered')"),
        ),
        {"postgresql_partition_by": "RANGE (issue_id)"},
    )

    issue_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    subscriber_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    edition_id: Mapped[int]
    call_id: Mapped[int | None]
    state: Mapped[DeliveryState] = mapped_column(word(DeliveryState))
    attempt: Mapped[int] = mapped_column(SmallInteger)
    provider_id: Mapped[str | None]
    reason: Mapped[str | None]
    at: Mapped[datetime]
    event_at: Mapped[datetime | None]
    accepted_by: Mapped[AcceptedBy | None] = mapped_column(word(AcceptedBy))
    cause: Mapped[Cause | None] = mapped_column(word(Cause))


class Served(Base):
    """A mailbox that had an Issue, or may have, as `subscriber_id`, who gave its address up since.

    It is an HMAC, kept while the Issue may still be sent to anybody.
    """

    __tablename__ = "served"

    issue_id: Mapped[int] = mapped_column(
        ForeignKey("issues.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    address_hmac: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class Resend(Base):
    """That somebody wanted a reader to get an Issue once more, and what was known until then.

    `asked_by` is the API key's name, or `cli`. `again` says that they had it, or might have had
    it. `state` and what follows are the row that the ledger had of them, None where it had none.
    """

    __tablename__ = "resends"
    __table_args__ = (Index("ix_resends_issue_id", "issue_id", "subscriber_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"))
    subscriber_id: Mapped[int]
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    again: Mapped[bool]
    state: Mapped[DeliveryState | None] = mapped_column(word(DeliveryState))
    reason: Mapped[str | None]
    attempt: Mapped[int | None] = mapped_column(SmallInteger)
    provider_id: Mapped[str | None]
    at: Mapped[datetime | None]


class Letter(Base):
    """One mail to one person outside any Issue.

    It goes to `subscriber_id`'s address, or, for a test or a new address, to `address`, or to the
    User of its `facts`. `facts` is
    what its template needs beyond the reader; never a token, which is made when it is sent. Where
    anybody can have it sent, `mailbox` is the digest of the mailbox it goes to, which is counted.
    `accepted_by` and `cause` are as in `Delivery`. Of the tries that `attempt` counts
    `n_unreached` reached no server; they do not count when it is judged whether to give up.
    `public_id` names it in links and tags (docs/adr/0019).
    """

    __tablename__ = "letters"
    __table_args__ = (
        Index(
            "ix_letters_queued",
            "not_before",
            postgresql_where=text("state IN ('queued', 'sending')"),
        ),
        Index("ix_letters_subscriber_id", "subscriber_id"),
        UniqueConstraint("public_id"),
        Index(
            "ix_letters_new_address",
            text("lower(address)"),
            "created_at",
            postgresql_where=text("kind = 'new_address'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[LetterKind] = mapped_column(word(LetterKind))
    subscriber_id: Mapped[int | None] = mapped_column(ForeignKey("subscribers.id"))
    address: Mapped[str | None]
    mailbox: Mapped[bytes | None] = mapped_column(LargeBinary)
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[DeliveryState] = mapped_column(word(DeliveryState))
    attempt: Mapped[int] = mapped_column(SmallInteger)
    n_unreached: Mapped[int] = mapped_column(SmallInteger, server_default="0", default=0)
    not_before: Mapped[datetime]
    provider_id: Mapped[str | None]
    reason: Mapped[str | None]
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    event_at: Mapped[datetime | None]
    public_id: Mapped[int] = mapped_column(server_default=PUBLIC_ID)
    accepted_by: Mapped[AcceptedBy | None] = mapped_column(word(AcceptedBy))
    cause: Mapped[Cause | None] = mapped_column(word(Cause))


class DeliveryCount(Base):
    """How many of an Edition's readers ended in a state: what stays when old ledger rows go."""

    __tablename__ = "delivery_counts"

    edition_id: Mapped[int] = mapped_column(
        ForeignKey("editions.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    state: Mapped[DeliveryState] = mapped_column(word(DeliveryState), primary_key=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"), index=True)
    n: Mapped[int]
