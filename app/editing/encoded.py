"""Numbers as lib0 encodes them, read with a bound, in what somebody sent.

Source: https://github.com/dmonad/lib0, encoding.js; the form of updates and of state vectors is
that of https://github.com/yjs/yjs, INTERNALS.md.
"""

from typing import Final

from pycrdt import Decoder

_MOST_DIGITS: Final = 8
"""Bytes of a number below 2^53; reading a longer one would cost the square of its length."""

_GOES_ON: Final = 0x80


class BoundedDecoder(Decoder):
    """A decoder that reads no number which browsers could not read."""

    def read_var_uint(self) -> int:
        """Return the next number; raise IndexError or RuntimeError where there is none."""
        digits = self.stream[self.i0 : self.i0 + _MOST_DIGITS]
        if len(digits) == _MOST_DIGITS and min(digits) >= _GOES_ON:
            raise RuntimeError("too long a number")
        return super().read_var_uint()


def count_writers(encoded: bytes) -> int:
    """Return how many copies an update or a state vector says that it is of; 0 where it is neither.

    Each page that is loaded and written in is one. Both begin with this number.
    """
    try:
        return BoundedDecoder(encoded).read_var_uint()
    except (IndexError, RuntimeError):
        return 0
