"""Deferrals: which mails a mailbox provider put off, and why."""

from collections.abc import Sequence

from alembic import op

revision: str = "0080"
down_revision: str | Sequence[str] | None = "0079"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE deferrals (
            issue_id bigint NOT NULL,
            subscriber_id bigint NOT NULL,
            cause varchar(32) NOT NULL,
            reason text NOT NULL,
            at timestamp with time zone NOT NULL,
            CONSTRAINT pk_deferrals PRIMARY KEY (issue_id, subscriber_id),
            CONSTRAINT fk_deferrals_issue_id_issues
                FOREIGN KEY (issue_id) REFERENCES issues (id) ON DELETE CASCADE,
            CONSTRAINT ck_deferrals_cause
                CHECK (cause IN ('ours', 'mailbox', 'content', 'held_back'))
        )
    """)


def downgrade() -> None:
    op.drop_table("deferrals")
