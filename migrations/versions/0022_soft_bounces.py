"""How many soft bounces within how many days suppress an address."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0022"
down_revision: str | Sequence[str] | None = "0021"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    for name, default in (("soft_bounce_limit", "5"), ("soft_bounce_days", "30")):
        op.add_column(
            "publications",
            sa.Column(name, sa.BigInteger(), server_default=default, nullable=False),
        )


def downgrade() -> None:
    for name in ("soft_bounce_days", "soft_bounce_limit"):
        op.drop_column("publications", name)
