"""Corrections after launch: Editions have revisions, and an Issue may tell of a Correction."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0013"
down_revision: str | Sequence[str] | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ON_ITS_WAY = "state IN ('approved', 'scheduled', 'sending', 'paused')"


def upgrade() -> None:
    _revisions()
    _corrections()
    op.add_column("issues", sa.Column("corrects_id", sa.BigInteger()))
    op.create_foreign_key(
        op.f("fk_issues_corrects_id_issues"),
        "issues",
        "issues",
        ["corrects_id"],
        ["id"],
        ondelete="CASCADE",
    )
    # The mail about a correction goes out beside the issue of its day.
    _one_a_day(f"{_ON_ITS_WAY} AND corrects_id IS NULL")


def downgrade() -> None:
    op.execute("DELETE FROM issues WHERE corrects_id IS NOT NULL")
    _one_a_day(_ON_ITS_WAY)
    op.drop_constraint(op.f("fk_issues_corrects_id_issues"), "issues")
    op.drop_column("issues", "corrects_id")
    op.drop_table("corrections")
    # Of a cut there was one Edition: the one that most of its readers may have got.
    op.execute(
        """
        UPDATE batches b SET edition_id = first.id
        FROM editions own, LATERAL (
            SELECT id FROM editions e WHERE e.public_id = own.public_id ORDER BY revision LIMIT 1
        ) first
        WHERE own.id = b.edition_id AND first.id <> own.id
        """
    )
    op.execute(
        """
        DELETE FROM editions e USING editions older
        WHERE older.public_id = e.public_id AND older.revision < e.revision
        """
    )
    op.drop_index("ix_editions_unrendered", table_name="editions")
    op.drop_constraint(op.f("uq_editions_public_id_revision"), "editions")
    op.drop_constraint(op.f("uq_editions_issue_id_follows_depth_revision"), "editions")
    op.create_unique_constraint(op.f("uq_editions_public_id"), "editions", ["public_id"])
    op.create_unique_constraint(
        op.f("uq_editions_issue_id_follows_depth"), "editions", ["issue_id", "follows", "depth"]
    )


def _revisions() -> None:
    op.drop_constraint(op.f("uq_editions_issue_id_follows_depth"), "editions")
    op.drop_constraint(op.f("uq_editions_public_id"), "editions")
    op.create_unique_constraint(
        op.f("uq_editions_issue_id_follows_depth_revision"),
        "editions",
        ["issue_id", "follows", "depth", "revision"],
    )
    op.create_unique_constraint(
        op.f("uq_editions_public_id_revision"), "editions", ["public_id", "revision"]
    )
    op.create_index(
        "ix_editions_unrendered",
        "editions",
        ["issue_id"],
        postgresql_where=sa.text("state <> 'rendered'"),
    )


def _corrections() -> None:
    op.create_table(
        "corrections",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("issue_id", sa.BigInteger(), nullable=False),
        sa.Column("story_id", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("before", postgresql.JSONB(), nullable=False),
        sa.Column("after", postgresql.JSONB(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("corrected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mail_issue_id", sa.BigInteger()),
        sa.ForeignKeyConstraint(
            ["issue_id"],
            ["issues.id"],
            name=op.f("fk_corrections_issue_id_issues"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["story_id"],
            ["stories.id"],
            name=op.f("fk_corrections_story_id_stories"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["mail_issue_id"],
            ["issues.id"],
            name=op.f("fk_corrections_mail_issue_id_issues"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
        sa.UniqueConstraint("issue_id", "revision", name=op.f("uq_corrections_issue_id_revision")),
        sa.UniqueConstraint("mail_issue_id", name=op.f("uq_corrections_mail_issue_id")),
    )
    op.create_index(op.f("ix_corrections_story_id"), "corrections", ["story_id"])


def _one_a_day(condition: str) -> None:
    op.drop_index("uq_issues_on_its_way", table_name="issues")
    op.create_index(
        "uq_issues_on_its_way",
        "issues",
        ["issued_on", sa.text("coalesce(category_id, 0)")],
        unique=True,
        postgresql_where=sa.text(condition),
    )
