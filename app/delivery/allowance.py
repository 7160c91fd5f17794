"""Allowance: what the provider allowed when a worker last asked it, as Valkey remembers it.

For showing it; what a send keeps to is `pace`.
"""

from typing import Final

from redis import Redis
from redis.exceptions import RedisError

from app.delivery.pace import UNLIMITED
from app.transports.base import Quota

_BUCKET: Final = "devoured:pace"


def known_allowance(valkey: Redis) -> Quota | None:
    """The rate that we keep to and what is left of the day; None while nobody has asked.

    None as well where nothing limits the rate, and while Valkey does not answer. Asks Valkey
    alone, never the provider; call it outside a transaction.
    """
    try:
        rate, left = valkey.hmget(_BUCKET, ["rate", "left"])
    except RedisError:
        return None
    if rate is None or float(rate) >= UNLIMITED:
        return None
    n_left = int(float(left)) if left is not None else -1
    return Quota(float(rate), n_left if n_left >= 0 else None)
