"""What is wrong now or was, and by which way it was told; when somebody last looked.

A new table, and a column without a default of a table of one row.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0073"
down_revision: str | Sequence[str] | None = "0072"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "notices",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("is_critical", sa.Boolean(), nullable=False),
        sa.Column("sentence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("since", instant, nullable=False),
        sa.Column("begun_at", instant, nullable=False),
        sa.Column("tells_at", instant, nullable=False),
        sa.Column("ended_at", instant, nullable=True),
        sa.Column("webhook_at", instant, nullable=True),
        sa.Column("mail_at", instant, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    op.create_index(
        "ix_notices_open",
        "notices",
        ["name", "about"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.add_column("installations", sa.Column("watched_at", instant, nullable=True))


def downgrade() -> None:
    op.drop_column("installations", "watched_at")
    op.drop_table("notices")
