"""Probes: letters to the provider's simulator, which measure whether its events arrive."""

from collections.abc import Sequence

from alembic import op

revision: str = "0010"
down_revision: str | Sequence[str] | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_NAME = "ck_letters_letterkind"
_KINDS = "'confirmation', 'test', 'preferences_link', 'new_address'"


def upgrade() -> None:
    _only(f"{_KINDS}, 'probe'")


def downgrade() -> None:
    op.execute("DELETE FROM letters WHERE kind = 'probe'")
    _only(_KINDS)


def _only(kinds: str) -> None:
    op.drop_constraint(op.f(_NAME), "letters")
    op.create_check_constraint(op.f(_NAME), "letters", f"kind IN ({kinds})")
