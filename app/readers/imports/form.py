"""A form: what is known of the export of one service."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from app.enums import RowState
from app.readers.imports.fields import Field

OTHER: Final = "other"


@dataclass(frozen=True)
class Form:
    """One service's export.

    `marks` are sets of columns, folded, of which one set is there in full. `columns` are what this
    service means by a name, before what it usually means; `nothing` the names that say nothing of
    who may be written to; `words` what a status means there and nowhere else. Every row is of at
    least the standing `least`. With `in_name` the file's name has to begin with it. Where the
    columns of `columns` say all there is to say (`says_all`), the cells of others are not searched.
    """

    name: str
    title: str
    marks: tuple[str, ...]
    columns: Mapping[Field, str] = field(default_factory=dict)
    nothing: str = ""
    words: Mapping[str, RowState] = field(default_factory=dict)
    least: RowState = RowState.ACTIVE
    in_name: str = ""
    says_all: bool = False
