"""What each column of an import is, by its name, and which of them nobody decided about.

What was read before and not started was not asked about its other columns: it is to be uploaded
again.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0027"
down_revision: str | Sequence[str] | None = "0026"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TURN = """
    UPDATE imports SET columns = coalesce(
        (SELECT jsonb_object_agg(value, key) FROM jsonb_each_text(columns) {where}), '{{}}')
"""


def upgrade() -> None:
    op.add_column(
        "imports",
        sa.Column("doubts", postgresql.JSONB(), server_default="{}", nullable=False),
    )
    op.alter_column("imports", "doubts", server_default=None)
    op.execute(_TURN.format(where=""))
    op.execute(
        "UPDATE imports SET state = 'failed',"
        " error = 'It was read by an older version of Devoured; upload the file again.'"
        " WHERE state IN ('uploading', 'reading', 'ready')"
    )


def downgrade() -> None:
    op.execute(_TURN.format(where="WHERE value NOT IN ('ignored', 'nothing')"))
    op.drop_column("imports", "doubts")
