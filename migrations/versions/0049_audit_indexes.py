"""The audit is asked for a reader's and a person's entries without reading all of it.

Each index is built in a transaction of its own, three seconds for a million entries, for which who
writes one waits. Not CONCURRENTLY: that waits for every open transaction, and so for a second
process that waits for this migration. One that is killed begins again with the index it was at.
"""

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
from alembic import op

revision: str = "0049"
down_revision: str | Sequence[str] | None = "0048"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_INDEXES: Final = {
    "ix_audit_entries_who_kind": ["who_kind", "who_id", "id"],
    "ix_audit_entries_who": ["who", "id"],
    "ix_audit_entries_target_kind": ["target_kind", "target_id", "id"],
}
_ONLY: Final = {"ix_audit_entries_who_kind": sa.text("who_id IS NOT NULL")}


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for name, columns in _INDEXES.items():
            op.create_index(
                name,
                "audit_entries",
                columns,
                postgresql_where=_ONLY.get(name),
                if_not_exists=True,
            )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for name in _INDEXES:
            op.drop_index(name, "audit_entries", if_exists=True)
