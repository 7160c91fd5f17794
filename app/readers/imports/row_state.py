"""What a row of a file says of its reader."""

from enum import IntEnum


class RowState(IntEnum):
    """What a row of an import says of its reader; of several, the highest counts."""

    UNCONFIRMED = 0
    ACTIVE = 1
    LEFT = 2
    BOUNCED = 3
    SUPPRESSED = 4
    COMPLAINED = 5
