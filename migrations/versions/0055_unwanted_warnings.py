"""The warnings of checks that a publication does not want to hear.

Added in no time: the table has one row.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0055"
down_revision: str | Sequence[str] | None = "0054"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    codes = postgresql.ARRAY(sa.Text())
    op.add_column(
        "publications",
        sa.Column("unwanted_warnings", codes, server_default="{}", nullable=False),
    )


def downgrade() -> None:
    op.drop_column("publications", "unwanted_warnings")
