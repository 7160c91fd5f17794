"""The account's quotas: recipients per second as a token bucket, recipients per rolling day."""

from collections import deque
from dataclasses import dataclass, field

_DAY_MINUTES = 24 * 60


@dataclass(slots=True)
class Quota:
    """What the account may send, in recipients.

    `rate` is per second, with one second's burst; `daily` is per rolling 24 hours, -1 for no
    limit. Instants in here are Unix seconds.
    """

    rate: float
    daily: int
    tokens: float = 0.0
    refilled: float | None = None
    minutes: deque[list[int]] = field(default_factory=deque)
    n_sent: int = 0


def refill(quota: Quota, at: float) -> None:
    """Bring bucket and day up to `at`; called once per request."""
    burst = max(quota.rate, 1.0)
    if quota.refilled is None:
        quota.tokens = burst
    else:
        grown = quota.tokens + max(at - quota.refilled, 0.0) * quota.rate
        quota.tokens = min(burst, grown)
    quota.refilled = at
    while quota.minutes and quota.minutes[0][0] <= at // 60 - _DAY_MINUTES:
        quota.n_sent -= quota.minutes.popleft()[1]


def shortage(quota: Quota) -> str:
    """Return what prevents one more message: `rate`, `daily`, or an empty string.

    A message with many recipients passes whole while anything is left, and leaves a debt.

    Source: AWS Messaging Blog on "Maximum sending rate exceeded".
    """
    if 0 <= quota.daily <= quota.n_sent:
        return "daily"
    return "" if quota.tokens >= 1.0 else "rate"


def spend(quota: Quota, n_recipients: int, at: float) -> None:
    """Count an accepted message; restoring a store calls it for what was sent before."""
    quota.tokens -= n_recipients
    quota.n_sent += n_recipients
    minute = int(at // 60)
    if quota.minutes and quota.minutes[-1][0] == minute:
        quota.minutes[-1][1] += n_recipients
    else:
        quota.minutes.append([minute, n_recipients])
