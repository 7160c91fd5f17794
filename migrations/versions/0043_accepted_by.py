"""How an acceptance is known: by the provider's answer, by an event, or because a person says so.

Until now an accepted delivery without a call was known by an event, and one without the provider's
id by a person. Nearly all rows were accepted by an answer, so that is what the column says of them
from the start, and only the others are written: in small transactions, so that a ledger of any
size stays open to workers meanwhile. A migration that is killed begins again where it was.
"""

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa
from alembic import op

revision: str = "0043"
down_revision: str | Sequence[str] | None = "0042"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TABLES: Final = ("deliveries", "letters")
_CHECK: Final = "accepted_by IN ('answer', 'event', 'person')"
_AT_ONCE: Final = 10_000
_EXPECTED: Final = """
    CASE WHEN d.state IN ('queued', 'in_doubt', 'skipped') THEN NULL
         WHEN d.call_id IS NOT NULL AND d.provider_id IS NOT NULL THEN 'answer'
         WHEN d.event_at IS NOT NULL THEN 'event'
         WHEN d.state = 'accepted' THEN 'person' END
"""
# One issue after the other: its rows lie together.
_DELIVERIES: Final = sa.text(
    f"""
    WITH page AS MATERIALIZED (
        SELECT d.subscriber_id FROM deliveries d
        WHERE d.issue_id = :issue_id AND d.subscriber_id > :after
          AND d.accepted_by IS DISTINCT FROM {_EXPECTED}
        ORDER BY d.subscriber_id LIMIT :at_once FOR UPDATE
    ), written AS (
        UPDATE deliveries d SET accepted_by = {_EXPECTED} FROM page
        WHERE d.issue_id = :issue_id AND d.subscriber_id = page.subscriber_id
    )
    SELECT max(subscriber_id) FROM page
    """  # noqa: S608  # constants
)
_LETTERS: Final = sa.text(
    """
    UPDATE letters l
    SET accepted_by = CASE
        WHEN l.event_at IS NULL OR EXISTS (
            SELECT FROM calls c
            WHERE c.letter_id = l.id AND c.attempt = l.attempt AND c.state = 'closed') THEN 'answer'
        ELSE 'event' END
    WHERE l.id > :after AND l.id <= :after + :at_once AND l.provider_id IS NOT NULL
    """
)
_FORGET_CALLS: Final = sa.text(
    """
    WITH page AS MATERIALIZED (
        SELECT d.subscriber_id FROM deliveries d
        WHERE d.issue_id = :issue_id AND d.subscriber_id > :after AND d.accepted_by = 'event'
        ORDER BY d.subscriber_id LIMIT :at_once FOR UPDATE
    ), written AS (
        UPDATE deliveries d SET call_id = NULL FROM page
        WHERE d.issue_id = :issue_id AND d.subscriber_id = page.subscriber_id
    )
    SELECT max(subscriber_id) FROM page
    """
)


def upgrade() -> None:
    # A constant default is kept in the catalogue and rewrites no row; what is written from now on
    # says for itself.
    op.execute(
        "ALTER TABLE deliveries ADD COLUMN IF NOT EXISTS accepted_by varchar(32) DEFAULT 'answer'"
    )
    op.execute("ALTER TABLE deliveries ALTER COLUMN accepted_by DROP DEFAULT")
    op.execute("ALTER TABLE letters ADD COLUMN IF NOT EXISTS accepted_by varchar(32)")
    for table in _TABLES:
        name = f"ck_{table}_acceptedby"
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({_CHECK}) NOT VALID")
    with op.get_context().autocommit_block():
        _each_issue(_DELIVERIES)
        for after in range(0, op.get_bind().scalar(sa.text(_LAST_LETTER)), _AT_ONCE):
            op.get_bind().execute(_LETTERS, {"after": after, "at_once": _AT_ONCE})
        for table in _TABLES:
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_acceptedby")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        _each_issue(_FORGET_CALLS)
    for table in _TABLES:
        op.drop_column(table, "accepted_by")


_LAST_LETTER: Final = "SELECT coalesce(max(id), 0) FROM letters"
_LAUNCHED: Final = "SELECT id FROM issues WHERE launched_at IS NOT NULL ORDER BY id"


def _each_issue(statement: sa.TextClause) -> None:
    """Execute this for each page of each issue's rows, which it returns the last reader of."""
    bind = op.get_bind()
    for issue_id in bind.scalars(sa.text(_LAUNCHED)).all():
        after: int | None = -1
        while after is not None:
            values: dict[str, Any] = {"issue_id": issue_id, "after": after, "at_once": _AT_ONCE}
            after = bind.scalar(statement, values)
