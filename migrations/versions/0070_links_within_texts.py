"""Links within the texts of stories are tracked: a key tells those of one story from each other.

Each index is built in a transaction of its own, two seconds for a million rows, for which who
writes one waits; not CONCURRENTLY, as in 0049. It then takes the place of the primary key's, which
is no reading of rows. One that is killed begins again.
"""

from collections.abc import Sequence
from typing import Final

from alembic import op

revision: str = "0070"
down_revision: str | Sequence[str] | None = "0069"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_KEYS: Final = {
    "tracked_links": "issue_id, kind, story_id",
    "reader_clicks": "issue_id, subscriber_id, kind, story_id",
}
_KINDS: Final = ("story", "reading", "issue", "sponsor", "pixel")


def upgrade() -> None:
    for table in _KEYS:
        # A constant default is no rewrite.
        op.execute(f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS key bigint DEFAULT '0' NOT NULL")
        _take(table, (*_KINDS, "within"))
    with op.get_context().autocommit_block():
        for table, columns in _KEYS.items():
            _be_primary(table, f"{columns}, key")
            # All rows hold to the narrower check before: reading them locks nobody out.
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_linkkind")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for table, columns in _KEYS.items():
            op.execute(f"DELETE FROM {table} WHERE kind = 'within'")  # noqa: S608  # a constant
            _be_primary(table, columns)
    for table in _KEYS:
        op.drop_column(table, "key")
        _take(table, _KINDS)
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_linkkind")


def _be_primary(table: str, columns: str) -> None:
    """Let these columns be the table's primary key."""
    op.execute(f"CREATE UNIQUE INDEX IF NOT EXISTS {table}_new_key ON {table} ({columns})")
    op.execute(
        f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS pk_{table},"
        f" ADD CONSTRAINT pk_{table} PRIMARY KEY USING INDEX {table}_new_key"
    )


def _take(table: str, kinds: tuple[str, ...]) -> None:
    """Let the table's links be of these kinds from now on."""
    listed = ", ".join(f"'{one}'" for one in kinds)
    check = f"ck_{table}_linkkind"
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {check}")
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {check} CHECK (kind IN ({listed})) NOT VALID")
