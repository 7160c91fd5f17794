"""What readers do on their own pages: come back, ask for a link, move to another address."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | Sequence[str] | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_KINDS = ("confirmation", "test")
_OWN_KINDS = ("preferences_link", "new_address")
_STEPS = ("signed_up", "confirmed", "added", "changed", "left", "erased")
_OWN_STEPS = ("came_back", "moved")


def upgrade() -> None:
    op.add_column("subscribers", sa.Column("moved_to_id", sa.BigInteger()))
    op.create_index(
        "ix_subscribers_moved_to_id",
        "subscribers",
        ["moved_to_id"],
        postgresql_where=sa.text("moved_to_id IS NOT NULL"),
    )
    op.create_index(
        "ix_letters_new_address",
        "letters",
        [sa.text("lower(address)"), "created_at"],
        postgresql_where=sa.text("kind = 'new_address'"),
    )
    op.create_index("ix_events_body", "events", ["id"], postgresql_where=sa.text("body <> ''"))
    _take("letters", "kind", "letterkind", _KINDS + _OWN_KINDS)
    _take("consents", "step", "consentstep", _STEPS + _OWN_STEPS)


def downgrade() -> None:
    op.execute("DELETE FROM letters WHERE kind IN ('preferences_link', 'new_address')")
    op.execute("ALTER TABLE consents DISABLE TRIGGER consents_stay")
    op.execute("UPDATE consents SET step = 'changed' WHERE step IN ('came_back', 'moved')")
    op.execute("ALTER TABLE consents ENABLE TRIGGER consents_stay")
    _take("letters", "kind", "letterkind", _KINDS)
    _take("consents", "step", "consentstep", _STEPS)
    op.drop_index("ix_events_body", "events")
    op.drop_index("ix_letters_new_address", "letters")
    op.drop_index("ix_subscribers_moved_to_id", "subscribers")
    op.drop_column("subscribers", "moved_to_id")


def _take(table: str, column: str, name: str, words: tuple[str, ...]) -> None:
    """Let the column take these words and no others."""
    listed = ", ".join(f"'{one}'" for one in words)
    constraint = f"ck_{table}_{name}"
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {constraint} CHECK ({column} IN ({listed}))")
