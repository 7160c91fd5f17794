"""The publication, its categories, readers, issues and stories, and who may use the API."""

from collections.abc import Sequence
from datetime import time

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0001"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    _api_keys()
    _categories()
    _idempotency_keys()
    _publications()
    _subscribers()
    _suppressions()
    _issues()
    _issue_indexes()
    _schedule_days()
    _stories()


def downgrade() -> None:
    op.drop_table("stories")
    op.drop_table("schedule_days")
    op.drop_table("issues")
    op.drop_table("suppressions")
    op.drop_table("subscribers")
    op.drop_table("publications")
    op.drop_table("idempotency_keys")
    op.drop_table("categories")
    op.drop_table("api_keys")


def _word(name: str, *values: str) -> sa.Enum:
    """Return a text column that takes these values and no others."""
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _api_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_api_keys_key_hash")),
    )


def _categories() -> None:
    op.create_table(
        "categories",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("bit", sa.SmallInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("accent", sa.Text(), nullable=False),
        sa.Column("accent_dark", sa.Text(), nullable=False),
        sa.Column("send_time", sa.Time()),
        sa.Column("weekdays", postgresql.ARRAY(sa.SmallInteger())),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("bit >= 0 AND bit < 63", name=op.f("ck_categories_bit_fits")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_categories")),
        sa.UniqueConstraint("bit", name=op.f("uq_categories_bit")),
        sa.UniqueConstraint("slug", name=op.f("uq_categories_slug")),
    )


def _idempotency_keys() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("owner", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("owner", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"])


def _publications() -> None:
    table = op.create_table(
        "publications",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("tagline", sa.Text(), nullable=False),
        sa.Column("from_address", sa.Text(), nullable=False),
        sa.Column("reply_to", sa.Text(), nullable=False),
        sa.Column("postal_address", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("send_time", sa.Time(), nullable=False),
        sa.Column("weekdays", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("late_seconds", sa.BigInteger(), nullable=False),
        sa.Column("brake_after", sa.BigInteger(), server_default="500", nullable=False),
        sa.Column("bounce_limit", sa.Double(), server_default="0.05", nullable=False),
        sa.Column("complaint_limit", sa.Double(), server_default="0.003", nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_publications_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publications")),
    )

    op.bulk_insert(
        table,
        [
            {
                "id": 1,
                "name": "Devoured",
                "tagline": "The day's reading, at the depth you like.",
                "from_address": "Devoured <digest@devoured.example>",
                "reply_to": "",
                "postal_address": "",
                "time_zone": "UTC",
                "send_time": time(7),
                "weekdays": [1, 2, 3, 4, 5],
                "late_seconds": 14400,
            }
        ],
    )


def _subscribers() -> None:
    op.create_table(
        "subscribers",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.Text()),
        sa.Column("address_key", sa.Text()),
        sa.Column("address_hmac", sa.LargeBinary(), nullable=False),
        sa.Column(
            "state", _word("subscriberstate", "pending", "active", "left", "erased"), nullable=False
        ),
        sa.Column("follows", sa.BigInteger(), nullable=False),
        sa.Column("depth", _word("depth", "headlines", "brief", "deep"), nullable=False),
        sa.Column("hour", sa.SmallInteger()),
        sa.Column("time_zone", sa.Text()),
        sa.Column("paused_until", sa.DateTime(timezone=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True)),
        sa.Column("left_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscribers")),
        sa.UniqueConstraint("address_key", name=op.f("uq_subscribers_address_key")),
    )
    op.create_index(
        "ix_subscribers_active", "subscribers", ["id"], postgresql_where=sa.text("state = 'active'")
    )


def _suppressions() -> None:
    op.create_table(
        "suppressions",
        sa.Column("address_hmac", sa.LargeBinary(), nullable=False),
        sa.Column(
            "reason",
            _word("suppressionreason", "hard_bounce", "complaint", "soft_bounces", "manual"),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("address_hmac", name=op.f("pk_suppressions")),
    )


def _issues() -> None:
    op.create_table(
        "issues",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("category_id", sa.BigInteger()),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("preheader", sa.Text(), nullable=False),
        sa.Column(
            "state",
            _word(
                "issuestate",
                "draft",
                "approved",
                "scheduled",
                "sending",
                "paused",
                "sent",
                "cancelled",
            ),
            nullable=False,
        ),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True)),
        sa.Column("send_at", sa.DateTime(timezone=True)),
        sa.Column("send_not_after", sa.DateTime(timezone=True)),
        sa.Column("launched_at", sa.DateTime(timezone=True)),
        sa.Column("rendered_at", sa.DateTime(timezone=True)),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("cancelled_at", sa.DateTime(timezone=True)),
        sa.Column("stale_at", sa.DateTime(timezone=True)),
        sa.Column("at_local_hours", sa.Boolean(), nullable=False),
        sa.Column("in_doubt_policy", _word("indoubtpolicy", "hold", "resend"), nullable=False),
        sa.Column("canary_percent", sa.SmallInteger(), nullable=False),
        sa.Column("canary_until", sa.DateTime(timezone=True)),
        sa.Column("brakes_lifted", sa.Boolean(), nullable=False),
        sa.Column("paused_because", sa.Text()),
        sa.Column("n_due", sa.BigInteger()),
        sa.Column("n_skipped", sa.BigInteger()),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.id"], name=op.f("fk_issues_category_id_categories")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issues")),
    )


def _issue_indexes() -> None:
    op.create_index("ix_issues_state", "issues", ["state"])
    op.create_index(
        "uq_issues_on_its_way",
        "issues",
        ["issued_on", sa.literal_column("coalesce(category_id, 0)")],
        unique=True,
        postgresql_where=sa.text("state IN ('approved', 'scheduled', 'sending', 'paused')"),
    )


def _schedule_days() -> None:
    op.create_table(
        "schedule_days",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("category_id", sa.BigInteger()),
        sa.Column("outcome", _word("dayoutcome", "launched", "skipped", "stale"), nullable=False),
        sa.Column("issue_id", sa.BigInteger()),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.id"], name=op.f("fk_schedule_days_category_id_categories")
        ),
        sa.ForeignKeyConstraint(
            ["issue_id"],
            ["issues.id"],
            name=op.f("fk_schedule_days_issue_id_issues"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule_days")),
        sa.UniqueConstraint(
            "day",
            "category_id",
            name=op.f("uq_schedule_days_day_category_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )


def _stories() -> None:
    op.create_table(
        "stories",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("issue_id", sa.BigInteger(), nullable=False),
        sa.Column("category_id", sa.BigInteger()),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("minutes", sa.SmallInteger()),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("why_it_matters", sa.Text(), nullable=False),
        sa.Column("takeaway", sa.Text(), nullable=False),
        sa.Column("deep_dive", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("decoder", postgresql.JSONB(), nullable=False),
        sa.Column("article", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.id"], name=op.f("fk_stories_category_id_categories")
        ),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["issues.id"], name=op.f("fk_stories_issue_id_issues"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stories")),
        sa.UniqueConstraint(
            "issue_id", "position", deferrable=True, name=op.f("uq_stories_issue_id_position")
        ),
    )
    op.create_index("ix_stories_category_id", "stories", ["category_id"])
