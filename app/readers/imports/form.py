"""Form: what one service's export means by its columns."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.readers.imports.fields import ReaderField
from app.readers.imports.row_state import RowState


@dataclass(frozen=True)
class Form:
    """One service's export.

    `marks` are sets of columns, folded, of which one set is there in full. `columns` are what this
    service means by a name, before what it usually means; `nothing` the names that say nothing of
    who may be written to; `words` what a status means there and nowhere else. Every row is of at
    least the standing `least`. With `in_name` the file's name has to begin with it. Where the
    columns of `columns` say all there is to say (`says_all`), the cells of others are not searched.
    A file that leaves out who said no names a column of its own in `only_with`, with what has to be
    done before: that column is in doubt, so that nobody is added before a person ignores it.
    """

    name: str
    title: str
    marks: tuple[str, ...]
    columns: Mapping[ReaderField, str] = field(default_factory=dict)
    nothing: str = ""
    words: Mapping[str, RowState] = field(default_factory=dict)
    least: RowState = RowState.ACTIVE
    in_name: str = ""
    says_all: bool = False
    only_with: tuple[str, str] = ("", "")
