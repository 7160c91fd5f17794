"""Whose doing a bounce is: ours, that of the mailbox, of what was written, or SES held it back.

Only what SES held back can be told of the bounces of before, by SES's own word; the others say
nothing, and count as they did. Added in no time; the checks are validated, and the few rows
written, while workers go on.
"""

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
from alembic import op

revision: str = "0074"
down_revision: str | Sequence[str] | None = "0073"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TABLES: Final = ("deliveries", "letters")
_CHECK: Final = "cause IN ('ours', 'mailbox', 'content', 'held_back')"
_LAUNCHED: Final = "SELECT id FROM issues WHERE launched_at IS NOT NULL ORDER BY id"
_HELD_BACK: Final = """
    state = 'bounced' AND cause IS NULL
    AND reason IN ('Permanent/OnAccountSuppressionList', 'Permanent/OnTenantSuppressionList',
                   'Permanent/EmailValidationSuppressed', 'Permanent/UnsubscribedRecipient')
"""


def upgrade() -> None:
    for table in _TABLES:
        op.execute(f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS cause varchar(32)")
        name = f"ck_{table}_cause"
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({_CHECK}) NOT VALID")
    with op.get_context().autocommit_block():
        bind = op.get_bind()
        written = sa.text(
            "UPDATE deliveries SET cause = 'held_back'"  # noqa: S608  # constants
            f" WHERE issue_id = :issue_id AND {_HELD_BACK}"
        )
        for issue_id in bind.scalars(sa.text(_LAUNCHED)).all():
            bind.execute(written, {"issue_id": issue_id})
        for table in _TABLES:
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_cause")


def downgrade() -> None:
    for table in _TABLES:
        op.drop_column(table, "cause")
