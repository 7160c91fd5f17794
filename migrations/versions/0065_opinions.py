"""What readers say of an issue, and what the end of a mail asks and offers.

A constant default is no rewrite, and the table is new: in no time.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0065"
down_revision: str | Sequence[str] | None = "0064"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_COLUMNS = ("asks_if_good", "offers_reply", "offers_sharing")


def upgrade() -> None:
    for name in _COLUMNS:
        op.add_column(
            "publications",
            sa.Column(name, sa.Boolean(), server_default="false", nullable=False),
        )
    op.create_table(
        "opinions",
        sa.Column("issue_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("subscriber_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("was_good", sa.Boolean(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["issue_id"],
            ["issues.id"],
            name=op.f("fk_opinions_issue_id_issues"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("issue_id", "subscriber_id", name=op.f("pk_opinions")),
    )
    op.create_index("ix_opinions_subscriber_id", "opinions", ["subscriber_id"])


def downgrade() -> None:
    op.drop_index("ix_opinions_subscriber_id", table_name="opinions")
    op.drop_table("opinions")
    for name in reversed(_COLUMNS):
        op.drop_column("publications", name)
