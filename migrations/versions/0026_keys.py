"""API keys: when they expire and were used last, from where, and who may see people."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0026"
down_revision: str | Sequence[str] | None = "0025"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# Whoever may edit could see each reader they changed; whoever may only read, or send, could see all
# of them, and that is what ends here.
_LET_EDITORS = """
    UPDATE api_keys SET scopes = ARRAY(SELECT unnest(scopes || 'people'::text) ORDER BY 1)
    WHERE 'edit' = ANY(scopes)
"""


def upgrade() -> None:
    op.add_column(
        "api_keys",
        sa.Column("networks", postgresql.ARRAY(sa.TEXT()), server_default="{}", nullable=False),
    )
    for name in ("expires_at", "last_used_at"):
        op.add_column("api_keys", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.execute(_LET_EDITORS)


def downgrade() -> None:
    op.execute("UPDATE api_keys SET scopes = array_remove(scopes, 'people')")
    for name in ("last_used_at", "expires_at", "networks"):
        op.drop_column("api_keys", name)
