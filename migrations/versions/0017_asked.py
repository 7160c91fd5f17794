"""When a reader was last asked to confirm: what one mail an hour is decided on."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0017"
down_revision: str | Sequence[str] | None = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("subscribers", sa.Column("asked_at", sa.DateTime(timezone=True)))
    op.execute(
        "UPDATE subscribers SET asked_at = asked.at"
        " FROM (SELECT subscriber_id, max(created_at) AS at FROM letters"
        " WHERE kind = 'confirmation' GROUP BY subscriber_id) AS asked"
        " WHERE asked.subscriber_id = subscribers.id"
    )


def downgrade() -> None:
    op.drop_column("subscribers", "asked_at")
