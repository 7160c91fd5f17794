"""A category is hidden, open or retired; those there are were open to everybody."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0038"
down_revision: str | Sequence[str] | None = "0037"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column(
        "categories",
        sa.Column(
            "state",
            sa.Enum(
                *("hidden", "open", "retired"),
                name="categorystate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
            server_default="open",
        ),
    )
    op.alter_column("categories", "state", server_default=None)


def downgrade() -> None:
    op.drop_column("categories", "state")
