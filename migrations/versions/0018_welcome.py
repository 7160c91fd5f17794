"""A welcome mail for who has just confirmed, where the publication wants it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0018"
down_revision: str | Sequence[str] | None = "0017"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_KINDS = ("confirmation", "test", "preferences_link", "new_address", "probe")


def upgrade() -> None:
    op.add_column(
        "publications",
        sa.Column("sends_welcome", sa.Boolean(), nullable=False, server_default="false"),
    )
    _take((*_KINDS, "welcome"))


def downgrade() -> None:
    op.execute("DELETE FROM letters WHERE kind = 'welcome'")
    _take(_KINDS)
    op.drop_column("publications", "sends_welcome")


def _take(kinds: tuple[str, ...]) -> None:
    """Let letters be of these kinds and no others."""
    listed = ", ".join(f"'{one}'" for one in kinds)
    op.execute("ALTER TABLE letters DROP CONSTRAINT ck_letters_letterkind")
    op.execute(
        f"ALTER TABLE letters ADD CONSTRAINT ck_letters_letterkind CHECK (kind IN ({listed}))"
    )
