"""A sponsor of the publication, and of one issue."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0015"
down_revision: str | Sequence[str] | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    for table in ("publications", "issues"):
        op.add_column(table, sa.Column("sponsor", postgresql.JSONB(none_as_null=True)))


def downgrade() -> None:
    for table in ("publications", "issues"):
        op.drop_column(table, "sponsor")
