"""Last: keep what was made from a Mail for as long as an equal Mail is handed in."""

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class LastValue(Generic[T]):
    """Makes a value from equal objects once: the calls of an Edition hand in equal Mails.

    Those of one Batch hand in the very same, which is seen without looking into it. Threads may
    share it; at worst one makes the value anew.
    """

    def __init__(self) -> None:
        self._kept: tuple[tuple[object, ...], T] | None = None

    def get(self, *of: object, make: Callable[[], T]) -> T:
        """Return the value for these objects; call `make` if they differ from the last ones."""
        kept = self._kept
        if kept is not None and all(map(_is_same, kept[0], of)):
            return kept[1]
        value = kept[1] if kept is not None and kept[0] == of else make()
        self._kept = (of, value)
        return value


def _is_same(one: object, other: object) -> bool:
    """Return whether these are one object, or equal small numbers."""
    return one is other or (isinstance(one, int) and one == other)
