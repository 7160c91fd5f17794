"""What the text templates write with: lines of 72 columns and numbered links."""

import re
from dataclasses import dataclass, field
from typing import Final

COLUMNS: Final = 72

# Not \s: a no-break space stays one.
_BLANKS = re.compile(r"[ \t\r\n\f\v]+")


@dataclass
class Links:
    """The links of one text part, numbered in the order in which the text names them."""

    numbers: dict[str, int] = field(default_factory=dict)

    def ref(self, url: str) -> str:
        """`[3]`; the same address keeps its number."""
        return f"[{self.numbers.setdefault(url, len(self.numbers) + 1)}]"

    @property
    def urls(self) -> list[str]:
        """All addresses so far, in the order of their numbers."""
        return list(self.numbers)


def wrap(text: object, first: str = "") -> str:
    """`text` in lines of at most 72 columns; words and addresses longer than that stay whole.

    The first line begins with `first`, the others with as many blanks.
    """
    room = COLUMNS - len(first)
    # One pattern does what textwrap does in ten times as long: it was most of a rendering.
    lines = re.findall(rf"(\S{{{room + 1},}}|.{{1,{room}}})(?: |$)", _one_line(text))
    return ("\n" + " " * len(first)).join([first + "".join(lines[:1]), *lines[1:]])


def _one_line(text: object) -> str:
    line = str(text)
    if "  " in line or not line.isprintable():
        line = _BLANKS.sub(" ", line)
    return line.strip(" ")
