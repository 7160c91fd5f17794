"""When an issue became public, and what was taken down of it and why.

Until now every launched issue was public, also one that was stopped before anybody was written to.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0029"
down_revision: str | Sequence[str] | None = "0028"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# Of old issues the batches may be gone, but those were sent.
_SET = """
UPDATE issues i SET public_at = i.launched_at
WHERE i.launched_at IS NOT NULL AND (
    i.state = 'sent' OR EXISTS (SELECT FROM batches b WHERE b.issue_id = i.id AND b.n_taken > 0))
"""


def upgrade() -> None:
    op.add_column("issues", sa.Column("public_at", sa.DateTime(timezone=True), nullable=True))
    for table in ("issues", "stories"):
        at = sa.Column("taken_down_at", sa.DateTime(timezone=True), nullable=True)
        op.add_column(table, at)
        op.add_column(table, sa.Column("taken_down_note", sa.Text(), nullable=True))
    op.execute(_SET)
    op.drop_index("ix_issues_launched_at", table_name="issues")
    is_set = sa.text("public_at IS NOT NULL")
    op.create_index("ix_issues_public_at", "issues", ["public_at"], postgresql_where=is_set)


def downgrade() -> None:
    op.drop_index("ix_issues_public_at", table_name="issues")
    is_set = sa.text("launched_at IS NOT NULL")
    op.create_index("ix_issues_launched_at", "issues", ["launched_at"], postgresql_where=is_set)
    for table in ("stories", "issues"):
        op.drop_column(table, "taken_down_note")
        op.drop_column(table, "taken_down_at")
    op.drop_column("issues", "public_at")
