"""Versions of issues and stories, dropped stories, and who changed what."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0037"
down_revision: str | Sequence[str] | None = "0036"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_RAISE = """
CREATE FUNCTION raise_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.version := OLD.version + 1;
    RETURN NEW;
END $$
"""
# A story's place is its issue's, and its words follow from the rest.
_RAISE_STORY = """
CREATE FUNCTION raise_story_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(NEW) - '{position,words}'::text[] <> to_jsonb(OLD) - '{position,words}'::text[] THEN
        NEW.version := OLD.version + 1;
    END IF;
    RETURN NEW;
END $$
"""
_TRIGGERS = (
    (
        "CREATE TRIGGER issues_version BEFORE UPDATE ON issues FOR EACH ROW"
        " WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION raise_version()"
    ),
    (
        "CREATE TRIGGER stories_version BEFORE UPDATE ON stories"
        " FOR EACH ROW EXECUTE FUNCTION raise_story_version()"
    ),
    (
        "CREATE TRIGGER audit_entries_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries"
        " FOR EACH STATEMENT EXECUTE FUNCTION keep_rows()"
    ),
)


def upgrade() -> None:
    for table in ("issues", "stories"):
        version = sa.Column("version", sa.BigInteger(), nullable=False, server_default="1")
        op.add_column(table, version)
    op.create_table(
        "dropped_stories",
        sa.Column("story_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("issue_id", sa.BigInteger(), nullable=False),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fields", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issue_id"],
            ["issues.id"],
            name=op.f("fk_dropped_stories_issue_id_issues"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("story_id", name=op.f("pk_dropped_stories")),
    )
    op.create_index("ix_dropped_stories_issue_id", "dropped_stories", ["issue_id"])
    _create_audit_entries()
    for statement in (_RAISE, _RAISE_STORY, *_TRIGGERS):
        op.execute(statement)


def _create_audit_entries() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "who_kind",
            sa.Enum(
                "key",
                "person",
                "reader",
                "system",
                name="actorkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("who_id", sa.BigInteger()),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("target_kind", sa.Text(), nullable=False),
        sa.Column("target_id", sa.BigInteger()),
        sa.Column("issue_id", sa.BigInteger()),
        sa.Column("version", sa.BigInteger()),
        sa.Column("issue_version", sa.BigInteger()),
        sa.Column("before", postgresql.JSONB(), nullable=False),
        sa.Column("after", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    op.create_index("ix_audit_entries_issue_id", "audit_entries", ["issue_id", "id"])
    op.create_index("ix_audit_entries_at", "audit_entries", ["at"])


def downgrade() -> None:
    op.execute("DROP TRIGGER issues_version ON issues")
    op.execute("DROP TRIGGER stories_version ON stories")
    op.drop_table("audit_entries")
    op.drop_table("dropped_stories")
    op.execute("DROP FUNCTION raise_story_version()")
    op.execute("DROP FUNCTION raise_version()")
    for table in ("issues", "stories"):
        op.drop_column(table, "version")
