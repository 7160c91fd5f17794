"""When a reader's address last changed: links that went to the one before open nothing any more."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0020"
down_revision: str | Sequence[str] | None = "0019"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("subscribers", sa.Column("moved_at", sa.DateTime(timezone=True)))
    op.execute(
        "UPDATE subscribers SET moved_at = moved.at"
        " FROM (SELECT subscriber_id, max(at) AS at FROM consents"
        " WHERE step = 'moved' GROUP BY subscriber_id) AS moved"
        " WHERE moved.subscriber_id = subscribers.id"
    )


def downgrade() -> None:
    op.drop_column("subscribers", "moved_at")
