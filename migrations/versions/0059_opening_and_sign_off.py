"""An issue's opening and sign-off, and the publication's standing sign-off."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0059"
down_revision: str | Sequence[str] | None = "0058"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_COLUMNS = (("issues", "opening"), ("issues", "sign_off"), ("publications", "sign_off"))


def upgrade() -> None:
    # A constant default is no rewrite: in no time, however many issues there are.
    for table, name in _COLUMNS:
        op.add_column(table, sa.Column(name, sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    for table, name in reversed(_COLUMNS):
        op.drop_column(table, name)
