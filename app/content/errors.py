"""The only error that the parsers of this package raise."""

from collections.abc import Iterable
from itertools import islice
from typing import Final

from app.errors import FieldError, InvalidInput

MAX_ERRORS: Final = 20
"""More places than this help nobody; the first ones are named."""


class ContentError(InvalidInput):
    """The input is no digest, or breaks a bound; `errors` names lines or JSON pointers."""

    code = "invalid_content"
    title = "The digest cannot be read"


def at_line(line: int, detail: str) -> FieldError:
    """Return a place in a text, counted from line 1."""
    return FieldError(f"line {line}", detail)


def refusal(detail: str, errors: Iterable[FieldError] = ()) -> ContentError:
    """Return the error to raise, with the first `MAX_ERRORS` places."""
    return ContentError(detail, tuple(islice(errors, MAX_ERRORS)))
