"""Lifts: who asked a person to write to an address again is told, not only that it was done."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | Sequence[str] | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    reasons = ("hard_bounce", "complaint", "soft_bounces", "manual")
    op.create_table(
        "lifts",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("address_hmac", sa.LargeBinary(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                *reasons,
                name="suppressionreason",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lifts")),
    )
    op.create_index("ix_lifts_address_hmac", "lifts", ["address_hmac"])


def downgrade() -> None:
    op.drop_table("lifts")
