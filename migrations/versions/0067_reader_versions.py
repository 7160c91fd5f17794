"""A version of each reader, so that a change can be held against what its asker had read."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0067"
down_revision: str | Sequence[str] | None = "0066"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # A constant default is no rewrite: in no time, however many readers there are.
    version = sa.Column("version", sa.BigInteger(), nullable=False, server_default="1")
    op.add_column("subscribers", version)
    op.execute(
        "CREATE TRIGGER subscribers_version BEFORE UPDATE ON subscribers FOR EACH ROW"
        " WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION raise_version()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER subscribers_version ON subscribers")
    op.drop_column("subscribers", "version")
