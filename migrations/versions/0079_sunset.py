"""Readers who show no sign are asked, then paused: who was, and since when clicks are kept.

A constant default is no rewrite, and the new columns are empty. The checks are validated while
others write; the wider one of letters takes no longer the more of them there are.
"""

from collections.abc import Sequence
from typing import Final

from alembic import op

revision: str = "0079"
down_revision: str | Sequence[str] | None = "0078"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_KINDS: Final = (
    *("confirmation", "test", "preferences_link", "new_address", "probe", "welcome", "sign_in"),
)


def upgrade() -> None:
    op.execute("ALTER TABLE subscribers ADD COLUMN IF NOT EXISTS silent_at timestamptz")
    op.execute("ALTER TABLE publications ADD COLUMN IF NOT EXISTS clicks_kept_since timestamptz")
    # What was kept before is as old as DEVOURED_CLICK_DAYS: nobody is silent for longer than now.
    # One that was killed while the check was validated begins again, maybe days later.
    op.execute(
        "UPDATE publications SET clicks_kept_since = now()"
        " WHERE tracking = 'per_reader' AND clicks_kept_since IS NULL"
    )
    op.execute(
        """
        CREATE TABLE IF NOT EXISTS sunset_asks (
            subscriber_id bigint NOT NULL,
            asked_at timestamp with time zone NOT NULL,
            days smallint NOT NULL,
            letter_id bigint NOT NULL,
            paused_at timestamp with time zone,
            CONSTRAINT pk_sunset_asks PRIMARY KEY (subscriber_id)
        )
        """
    )
    op.execute("CREATE INDEX IF NOT EXISTS ix_sunset_asks_asked_at ON sunset_asks (asked_at)")
    _take((*_KINDS, "sunset"))
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE letters VALIDATE CONSTRAINT ck_letters_letterkind")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DELETE FROM letters WHERE kind = 'sunset'")
    _take(_KINDS)
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE letters VALIDATE CONSTRAINT ck_letters_letterkind")
    op.drop_table("sunset_asks")
    op.drop_column("publications", "clicks_kept_since")
    op.drop_column("subscribers", "silent_at")


def _take(kinds: tuple[str, ...]) -> None:
    """Let letters be of these kinds from now on."""
    listed = ", ".join(f"'{one}'" for one in kinds)
    op.execute(
        "ALTER TABLE letters DROP CONSTRAINT IF EXISTS ck_letters_letterkind,"
        f" ADD CONSTRAINT ck_letters_letterkind CHECK (kind IN ({listed})) NOT VALID"
    )
