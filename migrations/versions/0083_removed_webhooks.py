"""A webhook is removed at once, whatever it was told; its messages and attempts go after it.

The keys would delete them all in the transaction of whoever removes it.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0083"
down_revision: str | Sequence[str] | None = "0082"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TABLES = ("webhook_attempts", "webhook_messages")


def upgrade() -> None:
    for table in _TABLES:
        op.drop_constraint(_key_of(table), table)


def downgrade() -> None:
    for table in _TABLES:
        op.execute(
            f"DELETE FROM {table} WHERE NOT EXISTS"  # noqa: S608  # put together from constants
            f" (SELECT FROM webhooks WHERE webhooks.id = {table}.webhook_id)"
        )
        op.execute(f"""
            ALTER TABLE {table} ADD CONSTRAINT {_key_of(table)}
            FOREIGN KEY (webhook_id) REFERENCES webhooks (id) ON DELETE CASCADE NOT VALID
        """)
    with op.get_context().autocommit_block():
        for table in _TABLES:
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {_key_of(table)}")


def _key_of(table: str) -> str:
    return f"fk_{table}_webhook_id_webhooks"
