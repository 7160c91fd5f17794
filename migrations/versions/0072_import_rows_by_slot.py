"""The primary key of `import_rows` finds a slot, so that a row of a file is put into one index.

No row is written. The new index is built while others write; the lock that exchanges the two is
held for an instant. Going back is the same. One that is killed begins again.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0072"
down_revision: str | Sequence[str] | None = "0071"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        _exchange_key("import_id, slot, line")
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_import_rows_slot")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_import_rows_slot")
        op.execute("CREATE INDEX CONCURRENTLY ix_import_rows_slot ON import_rows (import_id, slot)")
        _exchange_key("import_id, line")


def _exchange_key(columns: str) -> None:
    op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_import_rows_key")
    op.execute(f"CREATE UNIQUE INDEX CONCURRENTLY ix_import_rows_key ON import_rows ({columns})")
    op.execute(
        "ALTER TABLE import_rows DROP CONSTRAINT IF EXISTS pk_import_rows,"
        " ADD CONSTRAINT pk_import_rows PRIMARY KEY USING INDEX ix_import_rows_key"
    )
