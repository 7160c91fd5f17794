"""A pause for the quota stands beside a person's, so that it cannot end that one."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | Sequence[str] | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("accounts", sa.Column("quota_until", sa.DateTime(timezone=True)))
    # Only the quota paused with an end and this word by itself; a person's would be as short.
    op.execute(
        "UPDATE accounts SET quota_until = paused_until, paused_because = NULL, paused_until = NULL"
        " WHERE paused_because = 'quota' AND paused_until IS NOT NULL"
    )


def downgrade() -> None:
    op.execute(
        "UPDATE accounts SET paused_because = 'quota', paused_until = quota_until"
        " WHERE quota_until IS NOT NULL AND paused_because IS NULL"
    )
    op.drop_column("accounts", "quota_until")
