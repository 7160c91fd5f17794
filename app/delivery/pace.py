"""Pace: keep all workers together within the recipients a second that the account allows.

A token bucket in Valkey, counted in recipients, on Valkey's own clock. It starts empty, so that
losing it can only slow a send down. While it cannot be reached every process keeps to a small
rate of its own, and nothing is lost.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import structlog
from redis import Redis
from redis.exceptions import RedisError

from app.delivery.pace_scripts import GIVE_BACK, LEARN, TAKE, TELL
from app.transports.base import Quota, TransportError

BURST_SECONDS: Final = 0.5
"""How much of a second's allowance may go at once."""

HEADROOM: Final = 0.9
"""The part of the account's rate that we use: others may send from the account too."""

SAFE_SHARE: Final = 0.05
"""A process's share of the rate while Valkey cannot be reached: safe for twenty processes."""

UNLIMITED: Final = 1e9
"""The rate where nothing limits it."""

ASK_EVERY: Final = 60
"""Seconds between two questions to the provider for its quota, by all processes together."""

BUCKET: Final = "devoured:pace"
"""The bucket's key in Valkey; `pace_scripts` says what is in it."""

QUOTA_UNKNOWN: Final = "devoured:pace:unknown"
"""The key that holds why the provider's quota is not known, while it is not."""

_ASKED: Final = "devoured:pace:asked"
_BULK_LIMITED: Final = "devoured:bulk:limited"
_BULK_CALLED: Final = "devoured:bulk:called"
_KEYS: Final = (BUCKET, _ASKED, _BULK_LIMITED, _BULK_CALLED)
_UNKNOWN_RATE: Final = 1.0
_ASK_AGAIN: Final = 5
_KEEP: Final = ASK_EVERY * 10
"""Seconds for which what the provider said is good without its saying it again."""
_UNKNOWN_FOR: Final = 24 * 3600


_log = structlog.get_logger(__name__)


def _taking(n: int) -> tuple[float, ...]:
    return (n, BURST_SECONDS, ASK_EVERY)


@dataclass(frozen=True)
class Grant:
    """Leave to write to `n` recipients now; or none for `wait_seconds`.

    `why` it is none: `pace`, or `quota` when the account's day is used up. `may_be_bulk` says
    whether one call may be for all of them: for a minute after `limit_bulk`, one a second may.
    """

    n: int
    wait_seconds: float = 0.0
    why: Literal["pace", "quota"] = "pace"
    may_be_bulk: bool = True


class Pace:
    """The pace of one account, as one process keeps to it.

    Args:
        valkey: where all processes share the bucket; with short time-outs.
        fetch: asks the provider for the account's Quota; None means that nothing limits it.
        max_rate: recipients a second at most whatever the account allows, and the rate to keep to
            where the provider does not say what that is; 0 for no such limit.
        seconds: a clock that only goes forward, for the times without Valkey.
    """

    def __init__(
        self,
        valkey: Redis,
        fetch: Callable[[], Quota | None],
        *,
        max_rate: float = 0.0,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._valkey = valkey
        self._fetch = fetch
        self._set_rate = max_rate
        self._seconds = seconds
        self._take = valkey.register_script(TAKE)
        self._rate = _UNKNOWN_RATE
        self._is_slowed = True
        self._free_at = seconds()

    def take(self, n: int) -> Grant:
        """Leave for up to `n` recipients, all at once as far as one burst reaches.

        Never sleeps; may ask the provider for its quota, once a minute for all processes.
        """
        try:
            return self._take_shared(n)
        except RedisError as error:
            _log.warning("pace_without_valkey", error=type(error).__name__)
            return self._take_safely(n)

    def give_back(self, n: int) -> None:
        """Return what was granted and not used; losing it only slows the send down."""
        self._quietly(lambda: self._valkey.eval(GIVE_BACK, 1, BUCKET, n))

    def learn(self, *, was_throttled: bool) -> None:
        """Halve the rate after a throttled call, raise it again by a twentieth after a good one."""
        self._is_slowed |= was_throttled
        if self._is_slowed:
            self._quietly(lambda: self._valkey.eval(LEARN, 1, BUCKET, int(was_throttled)))

    def limit_bulk(self) -> bool:
        """Note that bulk calls are throttled though the rate has room; return whether this is new.

        Source: SES developer guide, "Service quotas": every action but the ones that send single
        mails is throttled at one request per second.
        """
        try:
            return bool(self._valkey.set(_BULK_LIMITED, "1", nx=True, ex=ASK_EVERY))
        except RedisError:
            return False

    def has_room(self) -> bool:
        """Return whether the account's daily quota has room, asked of the provider now.

        Return False if the provider does not answer.
        """
        try:
            quota = self._fetch()
        except TransportError:
            return False
        if quota is None or quota.left is None or quota.left > 0:
            self._quietly(lambda: self._log_quota(quota))
            return True
        return False

    def _take_shared(self, n: int) -> Grant:
        """Leave out of the bucket that all processes share."""
        got, wait, why, rate, factor, ask, bulk = self._take(keys=_KEYS, args=_taking(n))
        if ask:
            # Nobody has asked the provider for its quota within the last minute: this process does.
            self._ask()
            if why == b"unknown":
                got, wait, why, rate, factor, _, bulk = self._take(keys=_KEYS, args=_taking(n))
        if why == b"unknown":
            # Whoever asks may have died. Never later than it was: many that wait would put it off
            # for each other without end.
            self._quietly(lambda: self._valkey.expire(_ASKED, 1, lt=True))
        else:
            self._rate, self._is_slowed = float(rate), float(factor) < 1
        return Grant(int(got), float(wait), "quota" if why == b"quota" else "pace", bool(bulk))

    def _ask(self) -> None:
        """Ask the provider for its quota, and tell Valkey."""
        try:
            quota = self._fetch()
        except TransportError as error:
            self._note_unknown(error)
            is_known = bool(self._valkey.expire(BUCKET, _KEEP))
            if is_known and not (error.is_final and self._set_rate):
                return  # what another process was told is better than what a new one guesses
            quota = Quota((self._set_rate or self._rate) / HEADROOM)
        else:
            self._valkey.delete(QUOTA_UNKNOWN)
        self._log_quota(quota)

    def _note_unknown(self, error: TransportError) -> None:
        """Say once, for all processes, why the quota is not known, and ask again soon if it helps.

        It is said again when the reason is another, or after nobody asked for a day.
        """
        before = self._valkey.set(QUOTA_UNKNOWN, str(error), ex=_UNKNOWN_FOR, get=True)
        if before != str(error).encode():
            _log.warning("quota_not_known", error=str(error), max_rate=self._set_rate)
        if not error.is_final:
            self._valkey.expire(_ASKED, _ASK_AGAIN)

    def _log_quota(self, quota: Quota | None) -> None:
        """Tell Valkey what the account allows, so that all processes keep to it."""
        rate = UNLIMITED if quota is None else quota.rate * HEADROOM
        left = -1 if quota is None or quota.left is None else quota.left
        daily = -1 if quota is None or quota.daily is None else quota.daily
        paced = min(rate, self._set_rate or UNLIMITED)
        self._valkey.eval(TELL, 1, BUCKET, paced, left, _KEEP, daily)

    def _take_safely(self, n: int) -> Grant:
        """Take this process's own small share, without Valkey."""
        wait = self._free_at - self._seconds()
        if wait > 0:
            return Grant(0, wait, "pace")
        rate = self._rate * SAFE_SHARE
        granted = max(1, min(n, int(rate * BURST_SECONDS)))
        self._free_at = self._seconds() + granted / rate
        return Grant(granted)

    def _quietly(self, tell: Callable[[], object]) -> None:
        try:
            tell()
        except RedisError as error:
            _log.warning("pace_without_valkey", error=type(error).__name__)


@dataclass(frozen=True)
class Allowance:
    """What the workers keep to together.

    `rate` is in recipients per second, None while nobody has asked or where nothing limits it;
    `n_left` is what is left of the `n_daily` of a day, None for no limit. `unknown_because` says
    why the provider's own quota is not known, where it is not.
    """

    rate: float | None = None
    n_left: int | None = None
    unknown_because: str | None = None
    n_daily: int | None = None


def known_allowance(valkey: Redis) -> Allowance:
    """Return what Valkey knows of the account, which is nothing while it does not answer.

    Asks Valkey alone, never the provider; call it outside a transaction.
    """
    try:
        rate, *of_day = valkey.hmget(BUCKET, ["rate", "left", "daily"])
        because = valkey.get(QUOTA_UNKNOWN)
    except RedisError:
        return Allowance()
    unknown_because = because.decode() if isinstance(because, bytes) else because
    if rate is None or float(rate) >= UNLIMITED:
        return Allowance(unknown_because=unknown_because)
    n_left, n_daily = map(_known, of_day)
    return Allowance(float(rate), n_left, unknown_because, n_daily)


def _known(number: bytes | str | None) -> int | None:
    """Return a number of the bucket; below 0 it means that there is none."""
    found = -1 if number is None else int(float(number))
    return found if found >= 0 else None
