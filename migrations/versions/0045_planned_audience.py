"""How many readers an issue would have reached when it was approved."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0045"
down_revision: str | Sequence[str] | None = "0044"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("issues", sa.Column("n_planned", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("issues", "n_planned")
