"""Last: what was made from a Mail, kept for as long as the same Mail is handed in."""

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Last(Generic[T]):
    """Makes a value from the very same objects once: all calls of a Batch hand in the same Mail.

    Threads may share it; at worst one makes the value anew.
    """

    def __init__(self) -> None:
        self._kept: tuple[tuple[object, ...], T] | None = None

    def get(self, *of: object, make: Callable[[], T]) -> T:
        """The value for these objects, made by `make` if they are not those of the last time."""
        kept = self._kept
        if kept is None or not all(map(_is_same, kept[0], of)):
            self._kept = kept = (of, make())
        return kept[1]


def _is_same(one: object, other: object) -> bool:
    """Whether these are one object, or equal small numbers."""
    return one is other or (isinstance(one, int) and one == other)
