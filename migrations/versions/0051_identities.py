"""Who the people who work here are at an OpenID Connect provider."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0051"
down_revision: str | Sequence[str] | None = "0050"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_KINDS = ("add_passkey", "passkey")


def upgrade() -> None:
    _take(*_KINDS, "provider")
    op.create_table(
        "identities",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_identities_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identities")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_identities_issuer_subject")),
        sa.UniqueConstraint("user_id", "issuer", name=op.f("uq_identities_user_id_issuer")),
    )


def downgrade() -> None:
    op.drop_table("identities")
    op.execute("DELETE FROM challenges WHERE kind = 'provider'")
    _take(*_KINDS)


def _take(*kinds: str) -> None:
    """Let challenges be of these kinds and no others."""
    listed = ", ".join(f"'{one}'" for one in kinds)
    check = "ck_challenges_challengekind"
    op.execute(f"ALTER TABLE challenges DROP CONSTRAINT {check}")
    op.execute(f"ALTER TABLE challenges ADD CONSTRAINT {check} CHECK (kind IN ({listed}))")
