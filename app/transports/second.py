"""A second's worth: choose how many messages to hand over at once, by how long each takes."""

from collections.abc import Iterable
from typing import Final

from app.transports.base import Outcome, Refused

_FIRST: Final = 10
"""Messages of the first call, before it is known how long one takes."""

_TINY: Final = 1e-6


class MessagesPerSecond:
    """Follows how many messages a second is enough for, from `at_least` to `at_most`.

    A pause, a stop and a correction wait for the call under way, so it must not take long.
    """

    def __init__(self, at_most: int, at_least: int = 1) -> None:
        self.n = max(at_least, min(_FIRST, at_most))
        self._at_most, self._at_least = at_most, at_least

    def learn(self, outcomes: Iterable[Outcome], seconds: float) -> None:
        """Let the next call be what a second is enough for, and at most twice as large.

        Nothing is learnt from those with whom the provider was not busy: a server that is away
        refuses fifty in no time.
        """
        n_messages = sum(map(_was_worked_on, outcomes))
        if n_messages:
            in_a_second = int(n_messages / max(seconds, _TINY))
            self.n = max(self._at_least, min(self._at_most, 2 * self.n, in_a_second))


def _was_worked_on(outcome: Outcome) -> bool:
    return not isinstance(outcome, Refused) or outcome.kind == "never"
