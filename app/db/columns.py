"""Column helpers: words as text with a check, so that adding one is an ordinary migration."""

from enum import StrEnum

from sqlalchemy import Enum


def word(kind: type[StrEnum]) -> Enum:
    """A text column that takes the values of `kind` and gives back its members."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        name=kind.__name__.lower(),
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )
