"""What readers agreed to: rows that are only ever added."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | Sequence[str] | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ONLY_EMPTIED = """
CREATE FUNCTION keep_consents() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.network IS NULL AND NEW.note = ''
        AND to_jsonb(NEW) - '{network,note}'::text[] = to_jsonb(OLD) - '{network,note}'::text[]
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'consents are only added to' USING ERRCODE = 'restrict_violation';
END $$
"""
_NEVER = """
CREATE FUNCTION keep_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is only added to', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""
_TRIGGERS = (
    (
        "CREATE TRIGGER consents_stay BEFORE UPDATE OR DELETE ON consents"
        " FOR EACH ROW EXECUTE FUNCTION keep_consents()"
    ),
    (
        "CREATE TRIGGER consents_stay_whole BEFORE TRUNCATE ON consents"
        " FOR EACH STATEMENT EXECUTE FUNCTION keep_rows()"
    ),
    (
        "CREATE TRIGGER wordings_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON wordings"
        " FOR EACH STATEMENT EXECUTE FUNCTION keep_rows()"
    ),
)


def upgrade() -> None:
    op.create_table(
        "wordings",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_wordings")),
    )
    op.create_table(
        "consents",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("subscriber_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "step",
            _word("consentstep", "signed_up", "confirmed", "added", "changed", "left", "erased"),
            nullable=False,
        ),
        sa.Column(
            "source",
            _word("consentsource", "page", "embed", "api", "import", "editor", "mailbox"),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("follows", sa.BigInteger(), nullable=False),
        sa.Column("depth", _word("depth", "headlines", "brief", "deep"), nullable=False),
        sa.Column("wording_version", sa.Text()),
        sa.Column("wording_hash", sa.LargeBinary()),
        sa.Column("network", sa.Text()),
        sa.Column("note", sa.Text(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index("ix_consents_subscriber_id", "consents", ["subscriber_id"])
    for statement in (_ONLY_EMPTIED, _NEVER, *_TRIGGERS):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("consents")
    op.drop_table("wordings")
    op.execute("DROP FUNCTION keep_consents()")
    op.execute("DROP FUNCTION keep_rows()")


def _word(name: str, *values: str) -> sa.Enum:
    """Return a text column that takes these values and no others."""
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)
