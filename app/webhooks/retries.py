"""When a message is tried again, and when a webhook is left alone; pure."""

from datetime import timedelta
from random import Random
from typing import Final

TRIED_FOR: Final = timedelta(days=3)
"""So long after it was first told a message is tried again."""

DISABLED_AFTER: Final = timedelta(days=5)
"""So long every request must have failed before a webhook is disabled."""

LEASED_FOR: Final = timedelta(seconds=60)
"""More than a round takes: two requests one after the other in each thread."""

LONGEST_WAIT: Final = timedelta(days=1)
"""How long we wait where the other server asks for more."""

_WAITS: Final = tuple(
    timedelta(seconds=one) for one in (5, 60, 300, 1800, 2 * 3600, 4 * 3600, 8 * 3600, 12 * 3600)
)
_JITTER: Final = 0.1
_RESTS_FROM: Final = 5
_FIRST_REST: Final = timedelta(seconds=5)
LONGEST_REST: Final = timedelta(minutes=15)
"""How long a webhook is left alone at most."""


def wait_after(n_attempts: int, chance: Random) -> timedelta:
    """Return how long to wait after so many attempts: 5 s at first, 12 h in the end.

    A tenth more or less, so that what failed together is not tried together.
    """
    wait = _WAITS[min(n_attempts, len(_WAITS)) - 1]
    return wait * chance.uniform(1 - _JITTER, 1 + _JITTER)


def rest_after(n_failures: int) -> timedelta:
    """Return how long a webhook is left alone after so many failures one after the other.

    Not at all for four, since a single message may be at fault; then 5 s, doubled up to 15 minutes:
    a server that does not answer holds a worker for seconds each time.
    """
    if n_failures < _RESTS_FROM:
        return timedelta(0)
    doubled = 1 << min(n_failures - _RESTS_FROM, 10)
    return min(_FIRST_REST * doubled, LONGEST_REST)
