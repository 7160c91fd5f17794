"""Rate limits as answers tell them: the policy, and what is left of it.

Source: draft-ietf-httpapi-ratelimit-headers-10, and RFC 9651 for how a list is written.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil
from typing import Final

HOUR_SECONDS: Final = 3600
DAY_SECONDS: Final = 24 * HOUR_SECONDS


@dataclass(frozen=True)
class RateLimit:
    """So many (`quota`) within so many seconds, and how many `remaining`, where that is told.

    `more_in_seconds` is when there are more of them; None where all of them are there.
    """

    name: str
    quota: int
    window_seconds: int
    remaining: int | None = None
    more_in_seconds: float | None = None

    def __str__(self) -> str:
        """Return the policy as an item of `RateLimit-Policy`."""
        return f'"{self.name}";q={self.quota};w={self.window_seconds}'

    @property
    def left(self) -> str:
        """Return what is left as an item of `RateLimit`."""
        until = "" if self.more_in_seconds is None else f";t={ceil(max(0.0, self.more_in_seconds))}"
        return f'"{self.name}";r={self.remaining}{until}'


def rate_headers(limits: Iterable[RateLimit]) -> dict[str, str]:
    """Return the headers that tell of these limits; none where there are none."""
    told = list(limits)
    left = [one.left for one in told if one.remaining is not None]
    return {
        name: ", ".join(items)
        for name, items in {"RateLimit-Policy": map(str, told), "RateLimit": left}.items()
        if told and (name != "RateLimit" or left)
    }
