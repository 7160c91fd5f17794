"""Tracking of links: what a publication keeps, the links of its mails, who clicked."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0019"
down_revision: str | Sequence[str] | None = "0018"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column(
        "publications",
        sa.Column(
            "tracking",
            sa.Enum(
                "off",
                "counts",
                "per_reader",
                name="tracking",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
            server_default="off",
        ),
    )
    for table, column in (("publications", "tracks_opens"), ("subscribers", "refuses_tracking")):
        op.add_column(
            table, sa.Column(column, sa.Boolean(), nullable=False, server_default="false")
        )
    op.add_column("editions", sa.Column("tracked_html", sa.Text(), nullable=True))
    _create_tables()


def downgrade() -> None:
    op.drop_index("ix_reader_clicks_subscriber_id", table_name="reader_clicks")
    op.drop_index("ix_reader_clicks_first_at", table_name="reader_clicks")
    op.drop_table("reader_clicks")
    op.drop_table("tracked_links")
    op.drop_column("editions", "tracked_html")
    op.drop_column("subscribers", "refuses_tracking")
    op.drop_column("publications", "tracks_opens")
    op.drop_column("publications", "tracking")


def _kind() -> sa.Column[str]:
    """Return the column that says what a link leads to."""
    return sa.Column(
        "kind",
        sa.Enum(
            "story",
            "reading",
            "issue",
            "sponsor",
            "pixel",
            name="linkkind",
            native_enum=False,
            create_constraint=True,
            length=32,
        ),
        nullable=False,
    )


def _create_tables() -> None:
    op.create_table(
        "tracked_links",
        sa.Column("issue_id", sa.BigInteger(), autoincrement=False, nullable=False),
        _kind(),
        sa.Column("story_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False, server_default="0")
            for name in ("n_human", "n_machine", "n_readers")
        ),
        sa.ForeignKeyConstraint(
            ["issue_id"],
            ["issues.id"],
            name=op.f("fk_tracked_links_issue_id_issues"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("issue_id", "kind", "story_id", name=op.f("pk_tracked_links")),
    )
    op.create_table(
        "reader_clicks",
        sa.Column("issue_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("subscriber_id", sa.BigInteger(), autoincrement=False, nullable=False),
        _kind(),
        sa.Column("story_id", sa.BigInteger(), autoincrement=False, nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("n_human", "n_machine")),
        *(
            sa.Column(name, sa.DateTime(timezone=True), nullable=False)
            for name in ("first_at", "last_at")
        ),
        sa.Column("was_machine", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issue_id"],
            ["issues.id"],
            name=op.f("fk_reader_clicks_issue_id_issues"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "issue_id", "subscriber_id", "kind", "story_id", name=op.f("pk_reader_clicks")
        ),
    )
    op.create_index("ix_reader_clicks_first_at", "reader_clicks", ["first_at"], unique=False)
    op.create_index(
        "ix_reader_clicks_subscriber_id", "reader_clicks", ["subscriber_id"], unique=False
    )
