"""The ledger of sending: editions, batches, calls, deliveries and letters."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0002"
down_revision: str | Sequence[str] | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    _deliveries()
    _letters()
    _editions()
    _batches()
    _calls()


def downgrade() -> None:
    op.drop_table("calls")
    op.drop_table("batches")
    op.drop_table("editions")
    op.drop_table("letters")
    op.drop_table("deliveries")


def _word(name: str, *values: str) -> sa.Enum:
    """Return a text column that takes these values and no others."""
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("issue_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("subscriber_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("edition_id", sa.BigInteger(), nullable=False),
        sa.Column("call_id", sa.BigInteger()),
        sa.Column(
            "state",
            _word(
                "deliverystate",
                "queued",
                "sending",
                "accepted",
                "delivered",
                "bounced",
                "complained",
                "in_doubt",
                "failed",
                "skipped",
            ),
            nullable=False,
        ),
        sa.Column("attempt", sa.SmallInteger(), nullable=False),
        sa.Column("provider_id", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("issue_id", "subscriber_id", name=op.f("pk_deliveries")),
        postgresql_partition_by="RANGE (issue_id)",
    )
    op.create_index("ix_deliveries_subscriber_id", "deliveries", ["subscriber_id"])
    op.create_index(
        "ix_deliveries_unusual",
        "deliveries",
        ["issue_id", "state"],
        postgresql_where=sa.text("state NOT IN ('accepted', 'delivered')"),
    )
    op.execute("CREATE TABLE deliveries_p0 PARTITION OF deliveries FOR VALUES FROM (0) TO (64)")


def _letters() -> None:
    op.create_table(
        "letters",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("kind", _word("letterkind", "confirmation", "test"), nullable=False),
        sa.Column("subscriber_id", sa.BigInteger()),
        sa.Column("address", sa.Text()),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column(
            "state",
            _word(
                "deliverystate",
                "queued",
                "sending",
                "accepted",
                "delivered",
                "bounced",
                "complained",
                "in_doubt",
                "failed",
                "skipped",
            ),
            nullable=False,
        ),
        sa.Column("attempt", sa.SmallInteger(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("provider_id", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.Column("event_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name=op.f("fk_letters_subscriber_id_subscribers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letters")),
    )
    op.create_index(
        "ix_letters_queued",
        "letters",
        ["not_before"],
        postgresql_where=sa.text("state IN ('queued', 'sending')"),
    )
    op.create_index("ix_letters_subscriber_id", "letters", ["subscriber_id"])


def _editions() -> None:
    op.create_table(
        "editions",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column(
            "public_id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False
        ),
        sa.Column("issue_id", sa.BigInteger(), nullable=False),
        sa.Column("follows", sa.BigInteger(), nullable=False),
        sa.Column("depth", _word("depth", "headlines", "brief", "deep"), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("state", _word("editionstate", "pending", "rendered", "failed"), nullable=False),
        sa.Column("n_readers", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Text()),
        sa.Column("html", sa.Text()),
        sa.Column("text", sa.Text()),
        sa.Column("content_hash", sa.Text()),
        sa.Column("error", sa.Text()),
        sa.Column("rendered_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["issue_id"],
            ["issues.id"],
            name=op.f("fk_editions_issue_id_issues"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_editions")),
        sa.UniqueConstraint(
            "issue_id", "follows", "depth", name=op.f("uq_editions_issue_id_follows_depth")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_editions_public_id")),
    )


def _batches() -> None:
    op.create_table(
        "batches",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("issue_id", sa.BigInteger(), nullable=False),
        sa.Column("edition_id", sa.BigInteger(), nullable=False),
        sa.Column("subscriber_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("n_readers", sa.Integer(), nullable=False),
        sa.Column("state", _word("batchstate", "held", "queued", "leased", "done"), nullable=False),
        sa.Column("n_taken", sa.Integer(), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True)),
        sa.Column("lease_number", sa.Integer(), nullable=False),
        sa.Column("leased_by", sa.Text()),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["edition_id"],
            ["editions.id"],
            name=op.f("fk_batches_edition_id_editions"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["issues.id"], name=op.f("fk_batches_issue_id_issues"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
    )
    op.create_index(
        "ix_batches_open",
        "batches",
        ["issue_id", "id"],
        postgresql_where=sa.text("state <> 'done'"),
    )


def _calls() -> None:
    op.create_table(
        "calls",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger()),
        sa.Column("letter_id", sa.BigInteger()),
        sa.Column("subscriber_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("state", _word("callstate", "open", "closed", "in_doubt"), nullable=False),
        sa.Column("attempt", sa.SmallInteger(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.id"], name=op.f("fk_calls_batch_id_batches"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["letter_id"],
            ["letters.id"],
            name=op.f("fk_calls_letter_id_letters"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calls")),
    )
    op.create_index("ix_calls_batch_id", "calls", ["batch_id"])
    op.create_index(
        "ix_calls_letter_id",
        "calls",
        ["letter_id"],
        postgresql_where=sa.text("letter_id IS NOT NULL"),
    )
    op.create_index(
        "ix_calls_unsettled", "calls", ["opened_at"], postgresql_where=sa.text("state <> 'closed'")
    )
