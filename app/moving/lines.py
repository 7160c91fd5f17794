"""Lines of a file a few at a time, however many there are."""

from collections.abc import Iterable, Iterator
from typing import Final

ROWS_AT_ONCE: Final = 1000
BYTES_AT_ONCE: Final = 1 << 20


def some_at_a_time(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Yield lines together: a thousand, or as many as are a mebibyte; a longer one by itself."""
    some: list[bytes] = []
    n_bytes = 0
    for line in lines:
        some.append(line)
        n_bytes += len(line)
        if n_bytes >= BYTES_AT_ONCE or len(some) >= ROWS_AT_ONCE:
            yield some
            some, n_bytes = [], 0
    if some:
        yield some
