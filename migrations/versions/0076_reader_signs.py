"""When a reader last showed a sign, apart from their row: it changes with a click.

What is known of before is filled in by pages of readers, each a transaction of its own that only
writes to the new table: acts on their own account, what they said of issues, and clicks that are
kept of them. Who has none is known by when they confirmed. One that is killed begins again.
"""

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
from alembic import op

revision: str = "0076"
down_revision: str | Sequence[str] | None = "0075"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_AT_ONCE: Final = 10_000
_KNOWN: Final = sa.text(
    """
    INSERT INTO reader_signs (subscriber_id, last_at)
    SELECT s.id, found.last_at
    FROM subscribers s
    CROSS JOIN LATERAL (
        SELECT greatest(
            (SELECT max(c.at) FROM consents c
             WHERE c.subscriber_id = s.id AND c.source NOT IN ('editor', 'import')
               AND c.step IN ('changed', 'came_back', 'moved')),
            (SELECT max(o.said_at) FROM opinions o WHERE o.subscriber_id = s.id),
            (SELECT max(k.last_at) FROM reader_clicks k
             WHERE k.subscriber_id = s.id AND k.kind <> 'pixel'
               AND k.n_human > 0 AND NOT k.was_machine)
        ) AS last_at
    ) AS found
    WHERE s.id > :after AND s.id <= :after + :at_once
      AND s.state <> 'erased' AND found.last_at IS NOT NULL
    ON CONFLICT (subscriber_id) DO NOTHING
    """
)


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE IF NOT EXISTS reader_signs (
            subscriber_id bigint NOT NULL,
            last_at timestamp with time zone NOT NULL,
            before_at timestamp with time zone,
            CONSTRAINT pk_reader_signs PRIMARY KEY (subscriber_id)
        ) WITH (fillfactor = 80)
        """
    )
    with op.get_context().autocommit_block():
        bind = op.get_bind()
        last = bind.scalar(sa.text("SELECT coalesce(max(id), 0) FROM subscribers"))
        for after in range(0, last, _AT_ONCE):
            bind.execute(_KNOWN, {"after": after, "at_once": _AT_ONCE})


def downgrade() -> None:
    op.drop_table("reader_signs")
