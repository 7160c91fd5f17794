"""What an issue's mails are made of is frozen when it is approved."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0034"
down_revision: str | Sequence[str] | None = "0033"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("issues", sa.Column("reopened_because", sa.Text(), nullable=True))
    for name in ("approved_parts", "changed_parts"):
        op.add_column("issues", sa.Column(name, postgresql.JSONB(), nullable=True))


def downgrade() -> None:
    for name in ("changed_parts", "approved_parts", "reopened_because"):
        op.drop_column("issues", name)
