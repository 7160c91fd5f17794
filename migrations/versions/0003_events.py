"""What SES tells of a message, and what stays of a ledger when its rows go."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | Sequence[str] | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    _accounts()
    _events()
    _delivery_counts()


def downgrade() -> None:
    op.drop_table("delivery_counts")
    op.drop_table("events")
    op.drop_table("accounts")


def _word(name: str, *values: str) -> sa.Enum:
    """Return a text column that takes these values and no others."""
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _accounts() -> None:
    table = op.create_table(
        "accounts",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("paused_until", sa.DateTime(timezone=True)),
        sa.Column("paused_because", sa.Text()),
        sa.CheckConstraint("id = 1", name=op.f("ck_accounts_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
    )
    op.bulk_insert(table, [{"id": 1}])


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("unique_id", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column(
            "state",
            _word("eventstate", "new", "waiting", "applied", "ignored", "unreadable"),
            nullable=False,
        ),
        sa.Column(
            "kind",
            _word(
                "eventkind",
                "sent",
                "delivered",
                "delayed",
                "bounced",
                "complained",
                "rejected",
                "not_rendered",
                "opened",
                "clicked",
                "subscription",
                "unknown",
            ),
        ),
        sa.Column("delivery_id", sa.Text()),
        sa.Column("attempt", sa.BigInteger()),
        sa.Column("provider_id", sa.Text()),
        sa.Column("happened_at", sa.DateTime(timezone=True)),
        sa.Column("applied_at", sa.DateTime(timezone=True)),
        sa.Column("error", sa.Text()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sa.UniqueConstraint("unique_id", name=op.f("uq_events_unique_id")),
    )
    op.create_index("ix_events_new", "events", ["id"], postgresql_where=sa.text("state = 'new'"))
    op.create_index("ix_events_received_at", "events", ["received_at"])
    op.create_index(
        "ix_events_waiting",
        "events",
        ["delivery_id"],
        postgresql_where=sa.text("state = 'waiting'"),
    )


def _delivery_counts() -> None:
    op.create_table(
        "delivery_counts",
        sa.Column("edition_id", sa.BigInteger(), autoincrement=False, nullable=False),
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
        sa.Column("issue_id", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"],
            ["editions.id"],
            name=op.f("fk_delivery_counts_edition_id_editions"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["issue_id"],
            ["issues.id"],
            name=op.f("fk_delivery_counts_issue_id_issues"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("edition_id", "state", name=op.f("pk_delivery_counts")),
    )
    op.create_index("ix_delivery_counts_issue_id", "delivery_counts", ["issue_id"])
