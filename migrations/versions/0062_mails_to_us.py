"""A reader may leave by a mail to us: a way into a consent, and a kind of event."""

from collections.abc import Sequence

from alembic import op

revision: str = "0062"
down_revision: str | Sequence[str] | None = "0061"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_WITH_WAY = ("consents", "asks")
_WAYS = ("page", "embed", "api", "import", "editor", "mailbox")
_KINDS = (
    *("sent", "delivered", "delayed", "bounced", "complained", "rejected", "not_rendered"),
    *("opened", "clicked", "subscription"),
)


def upgrade() -> None:
    for table in _WITH_WAY:
        _take(table, "source", "consentsource", (*_WAYS, "mail"))
    _take("events", "kind", "eventkind", (*_KINDS, "received", "unknown"))
    # All rows hold to the narrower checks before: reading millions of them locks nobody out.
    with op.get_context().autocommit_block():
        for table in _WITH_WAY:
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_consentsource")
        op.execute("ALTER TABLE events VALIDATE CONSTRAINT ck_events_eventkind")


def downgrade() -> None:
    op.execute("UPDATE events SET kind = 'unknown' WHERE kind = 'received'")
    # Consents are only added to; what stands there has to say a word that is known again.
    op.execute("ALTER TABLE consents DISABLE TRIGGER USER")
    op.execute("UPDATE consents SET source = 'mailbox' WHERE source = 'mail'")
    op.execute("ALTER TABLE consents ENABLE TRIGGER USER")
    op.execute("UPDATE asks SET source = 'mailbox' WHERE source = 'mail'")
    for table in _WITH_WAY:
        _take(table, "source", "consentsource", _WAYS)
    _take("events", "kind", "eventkind", (*_KINDS, "unknown"))


def _take(table: str, column: str, name: str, words: tuple[str, ...]) -> None:
    """Let the column be one of these words from now on."""
    listed = ", ".join(f"'{one}'" for one in words)
    check = f"ck_{table}_{name}"
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {check}")
    op.execute(
        f"ALTER TABLE {table} ADD CONSTRAINT {check} CHECK ({column} IN ({listed})) NOT VALID"
    )
