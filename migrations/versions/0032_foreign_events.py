"""Events that are none of ours: a state of their own, and an index of the few there are."""

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
from alembic import op

revision: str = "0032"
down_revision: str | Sequence[str] | None = "0031"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

NAME: Final = "ix_events_foreign"
STATES: Final = ("new", "waiting", "applied", "ignored", "unreadable")


def upgrade() -> None:
    _allow(*STATES, "foreign")
    op.create_index(NAME, "events", ["id"], postgresql_where=sa.text("state = 'foreign'"))


def downgrade() -> None:
    op.drop_index(NAME, table_name="events")
    op.execute("UPDATE events SET state = 'ignored' WHERE state = 'foreign'")
    _allow(*STATES)


def _allow(*states: str) -> None:
    name = op.f("ck_events_eventstate")
    op.drop_constraint(name, "events", type_="check")
    op.create_check_constraint(name, "events", sa.column("state").in_(states))
