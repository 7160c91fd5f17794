"""A story's image, what it shows, and its caption."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0068"
down_revision: str | Sequence[str] | None = "0067"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_COLUMNS = ("image", "image_alt", "image_caption")


def upgrade() -> None:
    # A constant default is no rewrite: in no time, however many stories there are.
    for column in _COLUMNS:
        op.add_column("stories", sa.Column(column, sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    for column in _COLUMNS:
        op.drop_column("stories", column)
