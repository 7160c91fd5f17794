"""Column helpers: words as text with a check, public ids, and numbers of transactions."""

from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Enum, TextClause, text
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.types import UserDefinedType

from app.public_ids import FIRST, LAST

PUBLIC_ID: Final[TextClause] = text(f"random('{FIRST}'::bigint, '{LAST}'::bigint)")
"""The default of a public id: PostgreSQL draws it, so that sets of rows have theirs too.

Spelt as PostgreSQL gives it back, so that models and migrations compare equal.
"""


def word(kind: type[StrEnum]) -> Enum:
    """Return the type of a text column that takes values of `kind` and gives back its members."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        name=kind.__name__.lower(),
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )


class Xid8(UserDefinedType[str]):
    """The number of a transaction, which PostgreSQL never gives twice; Python sees its digits."""

    cache_ok = True

    def get_col_spec(self, **_options: Any) -> str:
        """Return the type's name."""
        return "xid8"


ischema_names["xid8"] = Xid8  # so that Alembic knows the column when it compares
