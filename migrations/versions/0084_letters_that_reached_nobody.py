"""How many tries of a letter reached nobody, since none is given up for an outage."""

from collections.abc import Sequence

from alembic import op

revision: str = "0084"
down_revision: str | Sequence[str] | None = "0083"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.execute("ALTER TABLE letters ADD COLUMN n_unreached smallint NOT NULL DEFAULT '0'")


def downgrade() -> None:
    op.drop_column("letters", "n_unreached")
