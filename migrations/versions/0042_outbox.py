"""The outbox: what others may want to know, written in the transaction of the change."""

from collections.abc import Sequence

from alembic import op

revision: str = "0042"
down_revision: str | Sequence[str] | None = "0041"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_KINDS = (
    *("issue.scheduled", "issue.unscheduled", "issue.launched", "issue.paused", "issue.resumed"),
    *("issue.cancelled", "issue.sent", "issue.corrected"),
    *("reader.joined", "reader.confirmed", "reader.changed", "reader.left", "reader.bounced"),
    *("reader.complained", "reader.erased"),
)


def upgrade() -> None:
    words = ", ".join(f"'{one}'" for one in _KINDS)
    op.execute(
        f"""
        CREATE TABLE outbox (
            id bigserial NOT NULL,
            public_id bigint NOT NULL
                DEFAULT random('1099511627776'::bigint, '4611686018427387903'::bigint),
            written_in xid8 NOT NULL DEFAULT pg_current_xact_id(),
            at timestamp with time zone NOT NULL,
            kind varchar(32) NOT NULL,
            issue_id bigint,
            reader_id bigint,
            facts jsonb NOT NULL,
            CONSTRAINT pk_outbox PRIMARY KEY (id),
            CONSTRAINT ck_outbox_outboxkind CHECK (kind IN ({words}))
        )
        """
    )
    op.create_index("ix_outbox_at", "outbox", ["at"], postgresql_using="brin")


def downgrade() -> None:
    op.drop_table("outbox")
