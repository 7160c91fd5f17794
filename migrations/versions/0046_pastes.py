"""The texts of digests as somebody brought them, and the field above an unplaced line."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0046"
down_revision: str | Sequence[str] | None = "0045"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column(
        "unplaced_lines", sa.Column("field", sa.Text(), server_default="", nullable=False)
    )
    op.create_table(
        "pastes",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("mends", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("pasted_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("issue_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["issue_id"],
            ["issues.id"],
            name=op.f("fk_pastes_issue_id_issues"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pastes")),
    )
    op.create_index("ix_pastes_issue_id", "pastes", ["issue_id"], unique=False)
    op.create_index(
        "ix_pastes_created_at",
        "pastes",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("loaded_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("pastes")
    op.drop_column("unplaced_lines", "field")
