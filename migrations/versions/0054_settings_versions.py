"""The versions of the publication and of a category, which who changes them names.

Both are added in no time: the one table has a row, the other at most sixty-three.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0054"
down_revision: str | Sequence[str] | None = "0053"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TABLES = ("publications", "categories")


def upgrade() -> None:
    for table in _TABLES:
        op.add_column(
            table, sa.Column("version", sa.BigInteger(), server_default="1", nullable=False)
        )


def downgrade() -> None:
    for table in _TABLES:
        op.drop_column(table, "version")
