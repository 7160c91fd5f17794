"""Who follows what is counted without reading the rows of all readers.

Built in a transaction of its own, a second for a million readers, for which who writes one waits;
not CONCURRENTLY, as in 0049. One that is killed begins again.
"""

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
from alembic import op

revision: str = "0056"
down_revision: str | Sequence[str] | None = "0055"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_NAME: Final = "ix_subscribers_follows"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        only = sa.text("state = 'active'")
        op.create_index(
            _NAME, "subscribers", ["follows"], postgresql_where=only, if_not_exists=True
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index(_NAME, "subscribers", if_exists=True)
