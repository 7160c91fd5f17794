"""An issue that was not launched yet goes out at the hours that readers chose.

One that was scheduled at local hours had its time 14 hours before its day; its time is that of its
lane now, as far as its latest start tells it.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0040"
down_revision: str | Sequence[str] | None = "0039"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.execute(
        """
        UPDATE issues AS i
        SET send_at = i.send_not_after - p.late_seconds * interval '1 second'
        FROM publications AS p
        WHERE i.state = 'scheduled' AND i.at_local_hours AND i.corrects_id IS NULL
          AND i.send_at = CAST(i.issued_on AS timestamp) AT TIME ZONE 'UTC' - interval '14 hours'
          AND i.send_not_after - p.late_seconds * interval '1 second' > i.send_at
        """
    )
    op.execute(
        """
        UPDATE issues SET at_local_hours = true
        WHERE state IN ('draft', 'approved', 'scheduled') AND corrects_id IS NULL
        """
    )


def downgrade() -> None:
    """Do nothing: an issue may go out at local hours in the version before, too."""
