"""When Google last told of the domain, since it may tell nothing."""

from collections.abc import Sequence

from alembic import op

revision: str = "0082"
down_revision: str | Sequence[str] | None = "0081"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.execute("ALTER TABLE installations ADD COLUMN postmaster_told_at timestamptz")


def downgrade() -> None:
    op.drop_column("installations", "postmaster_told_at")
