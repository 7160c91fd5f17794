"""Outcomes: the words for what an import makes of its rows."""

from enum import StrEnum


class ImportOutcome(StrEnum):
    """What becomes of a row of an import.

    `known` stays as they are. The next five are spared: they left us, bounced, complained, or were
    suppressed or erased here. `said_…` are those of whom the file itself says that they must not
    be written to.
    """

    ADDED = "added"
    KNOWN = "known"
    LEFT = "left"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    SUPPRESSED = "suppressed"
    ERASED = "erased"
    SAID_LEFT = "said_left"
    SAID_BOUNCED = "said_bounced"
    SAID_COMPLAINED = "said_complained"
    SAID_SUPPRESSED = "said_suppressed"
    SAID_UNCONFIRMED = "said_unconfirmed"
    TWICE = "twice"
