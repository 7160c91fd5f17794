"""Where a batch comes from, and who asked for an issue to be resent to whom.

Until now a batch of readers who had been in doubt was known by its tries without a wait.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0039"
down_revision: str | Sequence[str] | None = "0038"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ORIGINS = ("launch", "refused", "doubt", "resent", "again", "added")
_STATES = (
    *("queued", "sending", "accepted", "delivered", "bounced"),
    *("complained", "in_doubt", "failed", "skipped"),
)
# A million readers are two thousand batches.
_SET = """
UPDATE batches SET origin = CASE WHEN not_before IS NULL THEN 'doubt' ELSE 'refused' END
WHERE tries > 0
"""


def _word(name: str, words: Sequence[str]) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    origin = sa.Column("origin", sa.String(32), server_default="launch", nullable=False)
    op.add_column("batches", origin)
    op.execute(_SET)
    op.alter_column("batches", "origin", server_default=None)
    words = ", ".join(f"'{one}'" for one in _ORIGINS)
    op.create_check_constraint(op.f("ck_batches_batchorigin"), "batches", f"origin IN ({words})")
    op.create_table(
        "resends",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("issue_id", sa.BigInteger(), nullable=False),
        sa.Column("subscriber_id", sa.BigInteger(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("again", sa.Boolean(), nullable=False),
        sa.Column("state", _word("deliverystate", _STATES), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("attempt", sa.SmallInteger(), nullable=True),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["issues.id"], name=op.f("fk_resends_issue_id_issues"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resends")),
    )
    op.create_index("ix_resends_issue_id", "resends", ["issue_id", "subscriber_id"])


def downgrade() -> None:
    op.drop_table("resends")
    op.drop_constraint(op.f("ck_batches_batchorigin"), "batches")
    op.drop_column("batches", "origin")
