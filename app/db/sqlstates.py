"""What PostgreSQL calls a statement's failure.

Source: PostgreSQL, appendix A, error codes.
"""

from enum import StrEnum
from typing import Final


class SqlState(StrEnum):
    """The codes that something of ours goes by."""

    CANNOT_SERIALIZE = "40001"
    DEADLOCK = "40P01"
    LOCKED = "55P03"
    TOO_LONG = "57014"
    DISK_FULL = "53100"
    NO_TABLE = "42P01"
    NO_COLUMN = "42703"
    NO_FUNCTION = "42883"


BUSY: Final = (
    SqlState.CANNOT_SERIALIZE,
    SqlState.DEADLOCK,
    SqlState.LOCKED,
    SqlState.TOO_LONG,
)
"""Others are in the way: the same statement may go well soon."""
