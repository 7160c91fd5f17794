"""Carried: a bad-rows file says in its heading what its columns mean, so it needs no mapping.

So a mended file is read as the first one was, without saying it again. The heading is
`line [form NAME]`, `reason [ignored]`, and each column as `NAME [USE]`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.readers.imports.fields import IGNORED, NOTHING, Field

_FIRST: Final = re.compile(r"line \[form ([a-z-]+)\]")
_COLUMN: Final = re.compile(r"(.*) \[([a-z_]+)\]", re.DOTALL)
_USES: Final = {*Field, IGNORED, NOTHING}


@dataclass(frozen=True)
class Carried:
    """The form, the names of the columns and what each of them was, in the order of the file."""

    form: str
    names: tuple[str, ...]
    uses: tuple[str, ...]


def heading_with_uses(form: str, heading: Sequence[str], columns: Mapping[str, str]) -> list[str]:
    """Return the heading of a bad-rows file; a column in doubt goes without its use."""
    return [
        f"line [form {form}]",
        f"reason [{IGNORED}]",
        *(f"{name} [{columns[name]}]" if name in columns else name for name in heading),
    ]


def carried_by(heading: Sequence[str]) -> Carried | None:
    """Return what a heading carries; None for one that is no bad-rows file's."""
    first = _FIRST.fullmatch(heading[0]) if heading else None
    if first is None:
        return None
    names, uses = ["line"], [IGNORED]
    for cell in heading[1:]:
        found = _COLUMN.fullmatch(cell)
        is_use = found is not None and found[2] in _USES
        names.append(found[1] if found and is_use else cell)
        uses.append(found[2] if found and is_use else "")
    return Carried(first[1], tuple(names), tuple(uses))
