"""Limits: how many sign-ups an hour may come for one mailbox, from one network, to one domain.

Kept in Valkey, in one script per sign-up, on Valkey's own clock. While Valkey cannot be reached
nothing is limited here, and the database's own rules still hold (`delivery.mailboxes`).
"""

import hashlib
import hmac
import ipaddress
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

import structlog
from redis import Redis
from redis.exceptions import RedisError

from app.addresses import Address
from app.mailboxes import mailbox_of
from app.rate_limits import HOUR_SECONDS, RateLimit
from app.readers.consent import network_of

HOUR: Final = float(HOUR_SECONDS)

WITHOUT_SECONDS: Final = 5.0
"""How long a process goes without Valkey before it tries again: it must not wait each time."""

_PROVIDERS: Final = (
    "gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com ymail.com aol.com"
    " icloud.com me.com mac.com proton.me protonmail.com gmx.de gmx.net gmx.at gmx.com web.de"
    " t-online.de freenet.de mail.com zoho.com fastmail.com orange.fr free.fr laposte.net"
    " wanadoo.fr libero.it seznam.cz wp.pl onet.pl o2.pl mail.ru yandex.ru yandex.com bk.ru"
    " list.ru inbox.ru rambler.ru ukr.net qq.com 163.com 126.com sina.com naver.com daum.net"
    " rediffmail.com comcast.net att.net verizon.net btinternet.com sky.com bigpond.com uol.com.br"
)
MANY_MAILBOXES: Final = frozenset(_PROVIDERS.split())
"""Domains of millions of people, who have nothing to do with each other: not limited."""

_SITES: Final = {4: 24, 6: 48}
"""Prefixes of what one customer of a network has. Source: RFC 6177 section 2, RIPE-690."""

_SITES_TO_A_DOMAIN: Final = 5

# KEYS: a bucket each. ARGV: for each of them, the microseconds that one sign-up uses up, and those
# that a full bucket holds. All of them are charged, or none: {0, 0}, or which one is used up and
# for how many microseconds. A bucket is the instant at which it will be full again (GCRA).
_TAKE: Final = """
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local full_at = {}
for i, key in ipairs(KEYS) do
    local each, whole = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
    full_at[i] = math.max(now, tonumber(redis.call('GET', key) or '0')) + each
    local wait = full_at[i] - now - whole
    if wait > 0 then return {i, string.format('%.0f', wait)} end
end
for i, key in ipairs(KEYS) do
    redis.call('SET', key, string.format('%.0f', full_at[i]),
               'PX', math.ceil((full_at[i] - now) / 1000))
end
return {0, '0'}
"""

_log = structlog.get_logger(__name__)


class LimitKind(StrEnum):
    """The kinds of limits.

    A network is a /24 or a /64. A site is the /24 again or a /48, which one customer may have to
    themselves with all its /64s. A share is what one site may have of a domain's limit.
    """

    MAILBOX = "mailbox"
    NETWORK = "network"
    SITE = "site"
    SHARE = "share"
    DOMAIN = "domain"


@dataclass(frozen=True)
class LimitReached:
    """A limit that is used up, for so many seconds."""

    bound: LimitKind
    wait_seconds: float


@dataclass(frozen=True)
class PerHour:
    """Sign-ups an hour, all of which may come at once; 0 does not limit."""

    mailbox: int = 0
    network: int = 0
    site: int = 0
    domain: int = 0

    @property
    def share(self) -> int:
        """Return what one site may have of a domain's limit, so that none can use it up."""
        return -(-self.domain // _SITES_TO_A_DOMAIN)

    def told(self, reached: LimitReached | None = None) -> list[RateLimit]:
        """Return the limits that clients are told of, with the one that is used up.

        A mailbox's is nobody's business. What is left of the others is not told either: it would
        say whether somebody asked for a mailbox, which is charged to none, or what neighbours did.
        """
        kinds = (LimitKind.NETWORK, LimitKind.SITE, LimitKind.SHARE, LimitKind.DOMAIN)
        limits = [RateLimit(kind, getattr(self, kind), HOUR_SECONDS) for kind in kinds]
        return [
            replace(one, remaining=0, more_in_seconds=reached.wait_seconds)
            if reached is not None and reached.bound == one.name
            else one
            for one in limits
            if one.quota > 0
        ]


class Limits:
    """The limits as one process keeps to them.

    Args:
        valkey: where all processes share them; with time-outs that a person does not notice.
        per_hour: how many.
        pepper: keys the digests that stand for addresses, which Valkey never sees.
        seconds: a clock that only goes forward.
    """

    def __init__(
        self,
        valkey: Redis,
        per_hour: PerHour,
        pepper: str,
        *,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._valkey = valkey
        self.per_hour = per_hour
        self._pepper = pepper.encode()
        self._seconds = seconds
        self._without_until = 0.0
        self._take = valkey.register_script(_TAKE)

    def take(self, address: Address | None, client: str | None) -> LimitReached | None:
        """Take one from each limit; return None, or the first that has no room.

        Without an address only those of the network count.

        The network of a client counts only where it is one of the Internet's: any other is a
        proxy's that the settings do not name, and everybody's.
        """
        buckets = self._buckets(address, client)
        if not buckets or self._seconds() < self._without_until:
            return None
        keys = [key for _, key, _ in buckets]
        each = [value for _, _, n in buckets for value in (int(HOUR * 1e6 / n), int(HOUR * 1e6))]
        try:
            spent, wait = self._take(keys=keys, args=each)
        except RedisError as error:
            self._without_until = self._seconds() + WITHOUT_SECONDS
            _log.warning("limits_without_valkey", error=type(error).__name__)
            return None
        return LimitReached(buckets[spent - 1][0], float(wait) / 1e6) if spent else None

    def first_use(self, token: str, seconds: int) -> bool:
        """Return whether this token is seen for the first time within so many seconds."""
        if self._seconds() < self._without_until:
            return True
        try:
            return bool(self._valkey.set(self._key("once", token), "1", nx=True, ex=seconds))
        except RedisError as error:
            self._without_until = self._seconds() + WITHOUT_SECONDS
            _log.warning("limits_without_valkey", error=type(error).__name__)
            return True

    def _buckets(
        self, address: Address | None, client: str | None
    ) -> list[tuple[LimitKind, str, int]]:
        domain = "" if address is None else address.key.rpartition("@")[2]
        has_limit = bool(domain) and domain not in MANY_MAILBOXES
        found = []
        if address is not None:
            found.append((LimitKind.MAILBOX, mailbox_of(address), self.per_hour.mailbox))
        if _is_of_the_internet(client):
            network, site = network_of(client), network_of(client, _SITES)
            found.append((LimitKind.NETWORK, f"{network}", self.per_hour.network))
            if site != network:
                found.append((LimitKind.SITE, f"{site}", self.per_hour.site))
            if has_limit:
                found.append((LimitKind.SHARE, f"{site} {domain}", self.per_hour.share))
        if has_limit:
            found.append((LimitKind.DOMAIN, domain, self.per_hour.domain))
        return [(bound, self._key(bound, value), n) for bound, value, n in found if n > 0]

    def _key(self, what: str, value: str) -> str:
        digest = hmac.digest(self._pepper, value.encode(), hashlib.sha256)
        return f"devoured:signup:{what}:{digest[:16].hex()}"


def _is_of_the_internet(client: str | None) -> bool:
    try:
        return ipaddress.ip_address((client or "").partition("%")[0]).is_global
    except ValueError:
        return False
