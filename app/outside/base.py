"""A place outside the database: what it keeps for an installation, and how it fails."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID


class StoreError(Exception):
    """The place did not answer, or what it holds is damaged; says which, never what it holds."""


class Store(Protocol):
    """Where the send epoch and the journal of an installation are kept.

    A `near` one is asked with every lease; the others at each launch and each minute. All raise
    PlaceError where they cannot do what is asked.
    """

    name: str
    is_near: bool

    def epoch(self, installation: UUID) -> int | None:
        """Return the epoch; None where this place never had one."""

    def raise_epoch(self, installation: UUID, epoch: int, *, durably: bool) -> None:
        """Keep this epoch unless a greater one is there; `durably`: a power cut spares it."""

    def append(self, installation: UUID, lines: Sequence[bytes], now: datetime) -> None:
        """Keep these lines of the journal, which hold no line ends, durably."""

    def journal(self, installation: UUID) -> Iterator[bytes]:
        """Yield the lines of the journal, in the order in which they came."""

    def forget(self, installation: UUID, before: datetime) -> None:
        """Drop lines that are older; some of them may stay for another month."""
