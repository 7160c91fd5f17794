"""Which story of an issue leads, and whether a dropped one did.

Issues are few: the key and the index are made at once.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0063"
down_revision: str | Sequence[str] | None = "0062"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("issues", sa.Column("lead_story_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_issues_lead_story_id_stories"),
        "issues",
        "stories",
        ["lead_story_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.create_index(
        "ix_issues_lead_story_id",
        "issues",
        ["lead_story_id"],
        postgresql_where=sa.text("lead_story_id IS NOT NULL"),
    )
    op.add_column(
        "dropped_stories",
        sa.Column("was_lead", sa.Boolean(), server_default="false", nullable=False),
    )


def downgrade() -> None:
    op.drop_column("dropped_stories", "was_lead")
    op.drop_column("issues", "lead_story_id")
