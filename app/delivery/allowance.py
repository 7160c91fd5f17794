"""Allowance: what the provider allowed when a worker last asked it, as Valkey remembers it.

For showing it; what a send keeps to is `pace`.
"""

from dataclasses import dataclass

from redis import Redis
from redis.exceptions import RedisError

from app.delivery.pace import BUCKET, QUOTA_UNKNOWN, UNLIMITED


@dataclass(frozen=True)
class Allowance:
    """What the workers keep to together.

    `rate` is in recipients per second, None while nobody has asked or where nothing limits it;
    `n_left` is what is left of the day, None for no limit. `unknown_because` says why the
    provider's own quota is not known, where it is not.
    """

    rate: float | None = None
    n_left: int | None = None
    unknown_because: str | None = None


def known_allowance(valkey: Redis) -> Allowance:
    """Return what Valkey knows of the account, which is nothing while it does not answer.

    Asks Valkey alone, never the provider; call it outside a transaction.
    """
    try:
        rate, left = valkey.hmget(BUCKET, ["rate", "left"])
        because = valkey.get(QUOTA_UNKNOWN)
    except RedisError:
        return Allowance()
    unknown_because = because.decode() if isinstance(because, bytes) else because
    if rate is None or float(rate) >= UNLIMITED:
        return Allowance(unknown_because=unknown_because)
    n_left = int(float(left)) if left is not None else -1
    return Allowance(float(rate), n_left if n_left >= 0 else None, unknown_because)
