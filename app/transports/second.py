"""A second's worth: how many messages to hand over at once where each takes a while."""

from typing import Final

_FIRST: Final = 10
"""Messages of the first call, before it is known how long one takes."""

_TINY: Final = 1e-6


class SecondsWorth:
    """Follows how many messages a second is enough for, from 1 to `at_most`.

    A pause, a stop and a correction wait for the call under way, so it must not take long.
    """

    def __init__(self, at_most: int) -> None:
        self.n = min(_FIRST, at_most)
        self._at_most = at_most

    def learn(self, n_messages: int, seconds: float) -> None:
        """Let the next call be what a second is enough for, and at most twice as large."""
        in_a_second = int(n_messages / max(seconds, _TINY))
        self.n = max(1, min(self._at_most, 2 * self.n, in_a_second))
