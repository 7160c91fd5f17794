"""Ramp: how many may be written to on each day of a domain's warm-up; pure.

Providers distrust a domain that writes to many at once and has no past, so the ceiling of a day of
UTC grows by the same share each day, from the first to the last (docs/adr/0063).
"""

from dataclasses import dataclass
from datetime import date
from math import ceil, log
from typing import Final

FIRST: Final = 200
"""Readers of the first day.

Source: what Amazon SES lets an account send in a day that it does not know yet
(https://docs.aws.amazon.com/ses/latest/dg/request-production-access.html).
"""

GROWTH_PERCENT: Final = 18
"""How much the ceiling grows in a day: it doubles in a little over four, 200 are 200,000 in 42.

Source: Amazon SES warms an address of its own in 45 days, and says that it takes up to six weeks
(https://docs.aws.amazon.com/ses/latest/dg/dedicated-ip-warming.html); Google wants volume to grow
slowly, and those first who read (https://support.google.com/a/answer/81126).
"""

MOST_GROWTH_PERCENT: Final = 100
MOST_FIRST: Final = 1_000_000
MOST_DAYS: Final = 365


@dataclass(frozen=True)
class Ramp:
    """The ceilings of the days from `begun_on` on: `n_days` steps from `first` to `last`.

    A day on which a brake stopped an Issue has its step once more behind it: there were
    `n_repeats`, the last of them `braked_on`.
    """

    begun_on: date
    first: int
    last: int
    n_days: int
    n_repeats: int = 0
    braked_on: date | None = None

    def step(self, day: date) -> int:
        """Return which step a day is at, from 1; beyond `n_days` the warm-up is over."""
        n_held = self.n_repeats
        if self.braked_on is not None and day <= self.braked_on:
            n_held -= 1  # that day is the step itself; the one after it is the same again
        return max(1, (day - self.begun_on).days + 1 - n_held)

    def ceiling(self, day: date) -> int | None:
        """Return how many may be written to on a day; None once the warm-up is over."""
        step = self.step(day)
        if step > self.n_days:
            return None
        if step == self.n_days:
            return self.last
        share = (step - 1) / (self.n_days - 1)
        return min(self.last, int(self.first * (self.last / self.first) ** share))


def days_to_grow(first: int, last: int, growth_percent: int = GROWTH_PERCENT) -> int:
    """Return in how many days a ceiling reaches `last` that grows by at most this a day."""
    return 1 + max(1, ceil(log(last / first) / log(1 + growth_percent / 100)))
