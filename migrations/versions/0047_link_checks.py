"""The table of what was found at links is called as what it holds: no row is touched."""

from collections.abc import Sequence

from alembic import op

revision: str = "0047"
down_revision: str | Sequence[str] | None = "0046"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    _rename("link_sights", "link_checks")


def downgrade() -> None:
    _rename("link_checks", "link_sights")


def _rename(before: str, after: str) -> None:
    op.rename_table(before, after)
    op.execute(f"ALTER INDEX ix_{before}_seen_at RENAME TO ix_{after}_seen_at")
    op.execute(
        f"""
        DO $$ DECLARE name text; BEGIN
            FOR name IN SELECT conname FROM pg_constraint WHERE conrelid = '{after}'::regclass LOOP
                EXECUTE format('ALTER TABLE {after} RENAME CONSTRAINT %I TO %I',
                    name, replace(name, '{before}', '{after}'));
            END LOOP;
        END $$
        """  # noqa: S608  # both are constants of this file
    )
