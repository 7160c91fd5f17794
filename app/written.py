"""How long a text may be that a person writes beside a change: a reason, a note, a name.

The commands hold these limits, whoever calls them; the API's schema takes its numbers from here.
"""

import re
from collections.abc import Iterator
from typing import Final

from app.characters import LINE
from app.errors import FieldError, InvalidInput

MAX_REASON: Final = 200
"""Characters of a reason, for colleagues."""

MAX_NOTE: Final = 500
"""Characters of a note, for readers."""

MAX_TEXT: Final = 1000
"""Characters of what may have several lines."""


def text_faults(text: str, *, least: int, most: int, pattern: str = LINE) -> Iterator[str]:
    """Yield what is wrong with a text of `least` to `most` characters that fits the pattern."""
    if len(text) < least:
        yield "is needed"
    if len(text) > most:
        yield f"is {len(text):,} characters long; at most {most:,}"
    if not re.fullmatch(pattern, text):
        yield "holds a control character or a line break"


def check_written(
    name: str, text: str, *, most: int = MAX_REASON, least: int = 1, pattern: str = LINE
) -> None:
    """Raise InvalidInput naming the field `name` if its text is not as `text_faults` wants it."""
    wrong = [
        FieldError(f"/{name}", fault)
        for fault in text_faults(text, least=least, most=most, pattern=pattern)
    ]
    if wrong:
        what = name.replace("_", " ").capitalize()
        raise InvalidInput(f"{what} {wrong[0].detail}.", wrong)
