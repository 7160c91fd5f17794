"""The welcome mail is on where nobody says otherwise; a house that runs keeps what it has."""

from collections.abc import Sequence

from alembic import op

revision: str = "0066"
down_revision: str | Sequence[str] | None = "0065"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.execute("ALTER TABLE publications ALTER COLUMN sends_welcome SET DEFAULT true")
    # A house that has readers or issues must not begin to send another kind of mail by itself.
    op.execute(
        "UPDATE publications SET sends_welcome = true"
        " WHERE NOT EXISTS (SELECT FROM subscribers) AND NOT EXISTS (SELECT FROM issues)"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE publications ALTER COLUMN sends_welcome SET DEFAULT false")
