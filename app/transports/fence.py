"""The fence: an intent to send is good for 30 seconds; both transports ask here before the wire."""

from datetime import datetime, timedelta
from typing import Final

from app.transports.base import Refused

GOOD_FOR: Final = timedelta(seconds=30)
"""Far under the five minutes after which SES refuses a signature, so no frozen call slips by."""

AHEAD_BY: Final = timedelta(seconds=1)
"""How far the clocks of two machines may differ before an intent counts as one from the future."""

STALE: Final = Refused("later", "stale_intent", "the intent to send was too old, nothing was sent")


def is_stale(opened_at: datetime, now: datetime, good_for: timedelta = GOOD_FOR) -> bool:
    """Return whether a call that was opened then must not be put on the wire now.

    Uses wall clocks, because a monotonic clock stands still in a suspended machine.
    """
    return not -AHEAD_BY <= now - opened_at <= good_for
