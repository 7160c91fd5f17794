"""Which pepper the HMACs of a database were made with, as a fingerprint of it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0031"
down_revision: str | Sequence[str] | None = "0030"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    column = sa.Column("pepper_fingerprint", sa.LargeBinary(), nullable=True)
    op.add_column("installations", column)


def downgrade() -> None:
    op.drop_column("installations", "pepper_fingerprint")
