"""What is asked for an address until a worker answers, and how often a mailbox was written to."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0033"
down_revision: str | Sequence[str] | None = "0032"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "asks",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("kind", _word("askkind", "sign_up", "preferences_link"), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("address_key", sa.Text(), nullable=False),
        sa.Column("is_limited", sa.Boolean(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("follows", sa.BigInteger()),
        sa.Column("depth", _word("depth", "headlines", "brief", "deep")),
        sa.Column("hour", sa.SmallInteger()),
        sa.Column("time_zone", sa.Text()),
        sa.Column(
            "source",
            _word("consentsource", "page", "embed", "api", "import", "editor", "mailbox"),
        ),
        sa.Column("network", sa.Text()),
        sa.Column("wording_hash", sa.LargeBinary()),
        sa.Column("n_tries", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asks")),
    )
    op.create_index("ix_asks_address_key", "asks", ["address_key", "id"], unique=False)
    op.create_table(
        "mailboxes",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("n_unanswered", sa.SmallInteger(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_mailboxes")),
    )
    op.add_column("letters", sa.Column("mailbox", sa.LargeBinary()))


def downgrade() -> None:
    op.drop_column("letters", "mailbox")
    op.drop_table("mailboxes")
    op.drop_index("ix_asks_address_key", table_name="asks")
    op.drop_table("asks")


def _word(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)
