"""Reputation: what mailbox providers say of a domain, by day, and what they ask of it."""

from collections.abc import Sequence

from alembic import op

revision: str = "0081"
down_revision: str | Sequence[str] | None = "0080"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE reputation_days (
            provider text NOT NULL,
            domain text NOT NULL,
            day date NOT NULL,
            spam_rate double precision,
            spf_rate double precision,
            dkim_rate double precision,
            dmarc_rate double precision,
            told_at timestamp with time zone NOT NULL,
            CONSTRAINT pk_reputation_days PRIMARY KEY (provider, domain, day)
        )
    """)
    op.execute("""
        CREATE TABLE reputation_requirements (
            provider text NOT NULL,
            domain text NOT NULL,
            requirement text NOT NULL,
            is_met boolean NOT NULL,
            told_at timestamp with time zone NOT NULL,
            CONSTRAINT pk_reputation_requirements PRIMARY KEY (provider, domain, requirement)
        )
    """)


def downgrade() -> None:
    op.drop_table("reputation_requirements")
    op.drop_table("reputation_days")
