"""The moments of a restore drill, and its verdict."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from random import Random
from typing import Final

_SHOWN: Final = 10


@dataclass(frozen=True)
class Moments:
    """When the dump is taken and when it is restored, as shares of the readers written to.

    A dump at 0 is of the scheduled issue; a restore at 1 comes when all is sent.
    """

    dumped: float
    restored: float


@dataclass(frozen=True)
class Verdict:
    """What came of it; readers are said by their numbers.

    `n_meanwhile` mails went out between the restore and the decision of a person; `unwanted` went
    to readers who had left or been erased before; `back` are such readers who are active again.
    """

    n_due: int
    n_messages: int
    n_before: int
    n_in_doubt: int
    was_held: bool
    n_meanwhile: int
    lost: Collection[int]
    twice: Collection[int]
    unwanted: Collection[int]
    back: Collection[int]

    @property
    def is_good(self) -> bool:
        """Return whether nobody was forgotten, mailed twice or brought back, and it was noticed."""
        wrong = self.lost or self.twice or self.unwanted or self.back or self.n_meanwhile
        return self.n_due > 0 and self.was_held and not wrong


def draw(seed: int) -> Moments:
    """Draw the moments of a seed; every third dump is of the scheduled issue."""
    random = Random(seed)
    dumped = 0.0 if random.random() < 1 / 3 else random.uniform(0.05, 0.8)
    return Moments(dumped, min(1.0, random.uniform(dumped + 0.1, 1.1)))


def show(verdict: Verdict, say: Callable[[str], None]) -> None:
    """Say what came of it."""
    say(f"The account was {'held' if verdict.was_held else 'NOT held'} before anything was sent.")
    say(
        f"Due: {verdict.n_due:,}. Messages: {verdict.n_messages:,}, of them {verdict.n_before:,} "
        f"before the restore. Left in doubt by it: {verdict.n_in_doubt:,}."
    )
    say(f"  sent by the older database: {verdict.n_meanwhile}")
    for name in ("lost", "twice", "unwanted", "back"):
        readers = list(getattr(verdict, name))
        first = ", ".join(map(str, readers[:_SHOWN]))
        say(f"  {name}: {len(readers):,}" + (f", the first of them readers {first}" * bool(first)))
