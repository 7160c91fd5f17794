"""A depth beyond deep, at which a mail has every point of its stories, and who reads it.

No row is written. Each table is locked alone, and only while its check is replaced, unread; reading
its rows afterwards locks out nobody. Building the index, 0.2 s for a million readers, lets who
writes one wait; not CONCURRENTLY, as in 0049. One that is killed begins again.
"""

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
from alembic import op

revision: str = "0071"
down_revision: str | Sequence[str] | None = "0070"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TABLES: Final = ("subscribers", "consents", "asks", "imports", "shares", "editions")
_BEFORE: Final = ("headlines", "brief", "deep")
_INDEX: Final = "ix_subscribers_whole"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for table in _TABLES:
            _take(table, (*_BEFORE, "whole"), "NOT VALID")
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_depth")
        only = sa.text("depth = 'whole'")
        op.create_index(_INDEX, "subscribers", ["id"], postgresql_where=only, if_not_exists=True)


def downgrade() -> None:
    op.drop_index(_INDEX, "subscribers", if_exists=True)
    _merge_editions()
    # Consents are only added to; what stands there has to say a word that is known again.
    op.execute("ALTER TABLE consents DISABLE TRIGGER USER")
    for table in _TABLES:
        op.execute(f"UPDATE {table} SET depth = 'deep' WHERE depth = 'whole'")  # noqa: S608  # ours
    op.execute("ALTER TABLE consents ENABLE TRIGGER USER")
    for table in _TABLES:
        _take(table, _BEFORE, "")


def _merge_editions() -> None:
    """Let the readers of the whole get the deep Edition of their cut, where there is one."""
    op.execute("""
        CREATE TEMPORARY TABLE merged ON COMMIT DROP AS
        SELECT e.id, deep.id AS deep_id, e.n_readers
        FROM editions e JOIN editions deep USING (issue_id, follows, revision)
        WHERE e.depth = 'whole' AND deep.depth = 'deep'
    """)
    op.execute("UPDATE batches b SET edition_id = deep_id FROM merged m WHERE b.edition_id = m.id")
    op.execute("""
        UPDATE deliveries d SET edition_id = deep_id FROM merged m WHERE d.edition_id = m.id
    """)
    op.execute("""
        UPDATE editions e SET n_readers = e.n_readers + m.n_readers
        FROM merged m WHERE e.id = m.deep_id
    """)
    op.execute("""
        INSERT INTO delivery_counts (edition_id, state, issue_id, n)
        SELECT m.deep_id, c.state, c.issue_id, c.n
        FROM delivery_counts c JOIN merged m ON c.edition_id = m.id
        ON CONFLICT (edition_id, state) DO UPDATE SET n = delivery_counts.n + excluded.n
    """)
    op.execute("DELETE FROM editions e USING merged m WHERE e.id = m.id")


def _take(table: str, depths: tuple[str, ...], when: str) -> None:
    """Let the rows of a table be of these depths and no others; `NOT VALID` reads none of them."""
    listed = ", ".join(f"'{one}'" for one in depths)
    check = f"ck_{table}_depth"
    op.execute(
        f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {check},"
        f" ADD CONSTRAINT {check} CHECK (depth IN ({listed})) {when}"
    )
