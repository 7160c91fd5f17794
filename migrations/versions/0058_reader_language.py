"""What our mails to a reader are said in."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0058"
down_revision: str | Sequence[str] | None = "0057"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TABLES = ("subscribers", "asks")


def upgrade() -> None:
    # A constant default is no rewrite: in no time, however many readers there are.
    for table in _TABLES:
        op.add_column(table, sa.Column("language", sa.Text(), server_default="", nullable=False))
    op.add_column("import_rows", sa.Column("language", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("import_rows", "language")
    for table in _TABLES:
        op.drop_column(table, "language")
