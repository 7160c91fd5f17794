"""Public ids: what names a reader, issue, letter or shared link to the world, never given twice.

A row that is there already keeps its number as its public id, because links and tags of mails
that are out name it by that; what is made from now on has a random one.
"""

from collections.abc import Sequence
from typing import Final

from alembic import op

revision: str = "0028"
down_revision: str | Sequence[str] | None = "0027"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TABLES: Final = ("subscribers", "issues", "letters", "shares")


def upgrade() -> None:
    for table in _TABLES:
        op.execute(f"ALTER TABLE {table} ADD COLUMN public_id bigint")
        # One pass writes the table anew, with all of its indexes: an UPDATE would leave each row
        # twice.
        op.execute(
            f"ALTER TABLE {table}"
            " ALTER COLUMN public_id TYPE bigint USING id,"
            " ALTER COLUMN public_id"
            " SET DEFAULT random(1099511627776, 4611686018427387903),"
            " ALTER COLUMN public_id SET NOT NULL,"
            f" ADD CONSTRAINT uq_{table}_public_id UNIQUE (public_id)"
        )


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_column(table, "public_id")
