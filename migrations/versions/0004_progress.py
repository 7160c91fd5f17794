"""What a running issue is watched by: its batches, and the calls of the last minute."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | Sequence[str] | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_index("ix_batches_issue_id", "batches", ["issue_id"])
    op.create_index(
        "ix_calls_closed_at",
        "calls",
        ["closed_at"],
        postgresql_where=sa.text("closed_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_calls_closed_at", table_name="calls")
    op.drop_index("ix_batches_issue_id", table_name="batches")
