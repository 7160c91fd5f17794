"""Webhooks: who is told of the outbox, each message and each attempt; an index to read on by.

The index of the outbox is built first, and beside who writes one: one that is killed
begins again.
"""

from collections.abc import Sequence
from typing import Final

from alembic import op

revision: str = "0075"
down_revision: str | Sequence[str] | None = "0074"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_KINDS: Final = (
    *("issue.scheduled", "issue.unscheduled", "issue.launched", "issue.paused", "issue.resumed"),
    *("issue.cancelled", "issue.sent", "issue.corrected"),
    *("reader.joined", "reader.confirmed", "reader.changed", "reader.left", "reader.bounced"),
    *("reader.complained", "reader.erased"),
)
_OUTCOMES: Final = ("accepted", "refused", "unreachable", "private", "unsigned")


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_outbox_written_in")
        op.execute("CREATE INDEX CONCURRENTLY ix_outbox_written_in ON outbox (written_in)")
    _make_webhooks()
    _make_messages()
    _make_attempts()
    op.execute("""
        CREATE TABLE webhook_positions (
            id bigint NOT NULL,
            told text,
            until text,
            last bigint NOT NULL DEFAULT '0',
            CONSTRAINT pk_webhook_positions PRIMARY KEY (id)
        )
    """)
    op.execute("INSERT INTO webhook_positions (id) VALUES (1)")


def _make_webhooks() -> None:
    op.execute("""
        CREATE TABLE webhooks (
            id bigserial NOT NULL,
            url text NOT NULL,
            kinds text[] NOT NULL,
            secret bytea NOT NULL,
            former_secret bytea,
            former_until timestamp with time zone,
            created_at timestamp with time zone NOT NULL,
            disabled_at timestamp with time zone,
            disabled_because varchar(32),
            n_failures integer NOT NULL DEFAULT 0,
            failing_since timestamp with time zone,
            rests_until timestamp with time zone,
            leased_until timestamp with time zone,
            CONSTRAINT pk_webhooks PRIMARY KEY (id),
            CONSTRAINT uq_webhooks_url UNIQUE (url),
            CONSTRAINT ck_webhooks_disabledbecause
                CHECK (disabled_because IN ('person', 'failing', 'gone', 'restored'))
        )
    """)


def _make_messages() -> None:
    op.execute(f"""
        CREATE TABLE webhook_messages (
            id bigserial NOT NULL,
            webhook_id bigint NOT NULL,
            entry_id bigint,
            kind varchar(32) NOT NULL,
            at timestamp with time zone NOT NULL,
            subject_id bigint NOT NULL,
            state varchar(32) NOT NULL,
            created_at timestamp with time zone NOT NULL,
            due_at timestamp with time zone NOT NULL,
            n_attempts integer NOT NULL DEFAULT 0,
            ended_at timestamp with time zone,
            CONSTRAINT pk_webhook_messages PRIMARY KEY (id),
            CONSTRAINT fk_webhook_messages_webhook_id_webhooks
                FOREIGN KEY (webhook_id) REFERENCES webhooks (id) ON DELETE CASCADE,
            CONSTRAINT ck_webhook_messages_outboxkind CHECK (kind IN ({_words(_KINDS)})),
            CONSTRAINT ck_webhook_messages_messagestate
                CHECK (state IN ('waiting', 'delivered', 'failed'))
        )
    """)
    for name, columns in (
        ("subject", "webhook_id, subject_id, id"),
        ("due", "webhook_id, due_at, id"),
    ):
        op.execute(
            f"CREATE INDEX ix_webhook_messages_{name} ON webhook_messages ({columns})"
            " WHERE state = 'waiting'"
        )
    op.execute(
        "CREATE INDEX ix_webhook_messages_webhook_id_id ON webhook_messages (webhook_id, id)"
    )
    op.execute("CREATE INDEX ix_webhook_messages_at ON webhook_messages USING brin (at)")


def _make_attempts() -> None:
    op.execute(f"""
        CREATE TABLE webhook_attempts (
            id bigserial NOT NULL,
            webhook_id bigint NOT NULL,
            message_id bigint NOT NULL,
            at timestamp with time zone NOT NULL,
            milliseconds integer NOT NULL,
            outcome varchar(32) NOT NULL,
            status smallint,
            detail text NOT NULL,
            CONSTRAINT pk_webhook_attempts PRIMARY KEY (id),
            CONSTRAINT fk_webhook_attempts_webhook_id_webhooks
                FOREIGN KEY (webhook_id) REFERENCES webhooks (id) ON DELETE CASCADE,
            CONSTRAINT fk_webhook_attempts_message_id_webhook_messages
                FOREIGN KEY (message_id) REFERENCES webhook_messages (id) ON DELETE CASCADE,
            CONSTRAINT ck_webhook_attempts_attemptoutcome CHECK (outcome IN ({_words(_OUTCOMES)}))
        )
    """)
    op.execute("CREATE INDEX ix_webhook_attempts_message_id ON webhook_attempts (message_id)")
    op.execute(
        "CREATE INDEX ix_webhook_attempts_webhook_id_id ON webhook_attempts (webhook_id, id)"
    )


def _words(words: Sequence[str]) -> str:
    return ", ".join(f"'{one}'" for one in words)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_outbox_written_in")
    for table in ("webhook_positions", "webhook_attempts", "webhook_messages", "webhooks"):
        op.drop_table(table)
