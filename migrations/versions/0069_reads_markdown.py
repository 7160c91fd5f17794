"""Which stories are Markdown: those from now on. What was written before stays as it was typed."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0069"
down_revision: str | Sequence[str] | None = "0068"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # A constant default is no rewrite: in no time, however many stories there are.
    op.add_column(
        "stories",
        sa.Column("reads_markdown", sa.Boolean(), server_default="false", nullable=False),
    )
    op.alter_column("stories", "reads_markdown", server_default="true")
    op.execute("UPDATE dropped_stories SET fields = fields || '{\"reads_markdown\": false}'")


def downgrade() -> None:
    op.execute("UPDATE dropped_stories SET fields = fields - 'reads_markdown'")
    op.drop_column("stories", "reads_markdown")
