"""An index of the few events that could not be read, which are counted and listed."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0024"
down_revision: str | Sequence[str] | None = "0023"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

NAME = "ix_events_unreadable"


def upgrade() -> None:
    is_unreadable = sa.text("state = 'unreadable'")
    op.create_index(NAME, "events", ["id"], postgresql_where=is_unreadable)


def downgrade() -> None:
    op.drop_index(NAME, table_name="events")
