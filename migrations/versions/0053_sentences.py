"""What stands in the sentence that tells what was seen at a link."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0053"
down_revision: str | Sequence[str] | None = "0052"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column(
        "link_checks",
        sa.Column(
            "detail_values",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default="{}",
            nullable=False,
        ),
    )


def downgrade() -> None:
    # A sentence without its values says nothing: the links are looked at again.
    op.execute("DELETE FROM link_checks WHERE detail_values <> '{}'")
    op.drop_column("link_checks", "detail_values")
