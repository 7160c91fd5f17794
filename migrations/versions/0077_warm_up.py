"""A warm-up of the sending domain: its ramp, whose day a Batch counts in, and who was left out.

Added in no time, since nothing has a value yet; the index is built while others write. One that is
killed begins again.
"""

from collections.abc import Sequence
from typing import Final

from alembic import op

revision: str = "0077"
down_revision: str | Sequence[str] | None = "0076"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_COLUMNS: Final = {
    "issues": {"n_beyond_warm_up": "bigint"},
    "accounts": {
        "warm_up_from": "date",
        "warm_up_by": "text",
        "warm_up_first": "bigint",
        "warm_up_last": "bigint",
        "warm_up_days": "bigint",
        "warm_up_repeats": "bigint DEFAULT '0' NOT NULL",
        "warm_up_braked_on": "date",
    },
    "batches": {"warm_up_day": "date"},
}
_WHOLE: Final = (
    "num_nulls(warm_up_from, warm_up_by, warm_up_first, warm_up_last, warm_up_days) IN (0, 5)"
)


def upgrade() -> None:
    for table, columns in _COLUMNS.items():
        for name, kind in columns.items():
            op.execute(f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {name} {kind}")
    op.execute("ALTER TABLE accounts DROP CONSTRAINT IF EXISTS ck_accounts_warm_up_whole")
    op.create_check_constraint("warm_up_whole", "accounts", _WHOLE)
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_batches_warm_up_day")
        op.execute(
            "CREATE INDEX CONCURRENTLY ix_batches_warm_up_day ON batches (warm_up_day)"
            " WHERE warm_up_day IS NOT NULL"
        )


def downgrade() -> None:
    op.drop_index("ix_batches_warm_up_day", "batches")
    op.drop_constraint("warm_up_whole", "accounts", type_="check")
    for table, columns in _COLUMNS.items():
        for name in columns:
            op.drop_column(table, name)
