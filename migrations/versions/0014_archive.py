"""The archive: stories can be searched, and the publication says who reads what on the web."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0014"
down_revision: str | Sequence[str] | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_MAPPING = (
    "ALTER TEXT SEARCH CONFIGURATION devoured"
    " ALTER MAPPING FOR hword, hword_part, word WITH unaccent, english_stem"
)
# array_to_string is not called immutable only because other types' output may change.
_ONE_TEXT = (
    "CREATE FUNCTION one_text(texts text[]) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE"
    " AS $$ SELECT array_to_string($1, ' ') $$"
)
_SEARCH = (
    "CREATE EXTENSION IF NOT EXISTS unaccent",
    "CREATE TEXT SEARCH CONFIGURATION devoured (COPY = english)",
    _MAPPING,
    _ONE_TEXT,
)

_WORDS = (
    "setweight(to_tsvector('devoured', translate(title, '<', ' ')), 'A')"
    " || setweight(to_tsvector('devoured', translate(summary, '<', ' ')), 'B')"
    " || setweight(to_tsvector('devoured', translate("
    "what || ' ' || why_it_matters || ' ' || takeaway || ' ' || one_text(deep_dive),"
    " '<', ' ')), 'C')"
    " || setweight(to_tsvector('devoured', decoder), 'C')"
    " || setweight(to_tsvector('devoured', translate(left(article, 50000), '<', ' ')), 'D')"
)


def upgrade() -> None:
    for statement in _SEARCH:
        op.execute(statement)
    op.add_column(
        "stories",
        sa.Column("words", postgresql.TSVECTOR(), sa.Computed(_WORDS, persisted=True)),
    )
    op.create_index("ix_stories_words", "stories", ["words"], postgresql_using="gin")
    op.create_index(
        "ix_issues_launched_at",
        "issues",
        ["launched_at"],
        postgresql_where=sa.text("launched_at IS NOT NULL"),
    )
    op.add_column(
        "issues",
        sa.Column("key", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
    )
    op.add_column("publications", sa.Column("archive_closed_at", sa.DateTime(timezone=True)))
    op.add_column(
        "publications",
        sa.Column("shows_articles", sa.Boolean(), server_default="true", nullable=False),
    )
    op.add_column(
        "publications", sa.Column("language", sa.Text(), server_default="en", nullable=False)
    )


def downgrade() -> None:
    for name in ("language", "shows_articles", "archive_closed_at"):
        op.drop_column("publications", name)
    op.drop_column("issues", "key")
    op.drop_index("ix_issues_launched_at", table_name="issues")
    op.drop_index("ix_stories_words", table_name="stories")
    op.drop_column("stories", "words")
    op.execute("DROP FUNCTION one_text(text[])")
    op.execute("DROP TEXT SEARCH CONFIGURATION devoured")
    op.execute("DROP EXTENSION unaccent")
