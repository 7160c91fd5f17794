"""Every small change of a signed text that somebody could try."""

import string
from collections.abc import Iterator

_BASE64 = string.ascii_letters + string.digits + "-_"


def spoilt(code: str) -> Iterator[str]:
    """Yield the text with each character replaced by each other of Base64, bit-flipped, and cut.

    A sample would hardly ever draw the few that decode to the same bytes: other spellings of the
    last character's spare bits.
    """
    for place, own in enumerate(code):
        for other in _BASE64.replace(own, ""):
            yield code[:place] + other + code[place + 1 :]
        for bit in range(8):
            yield code[:place] + chr(ord(own) ^ 1 << bit) + code[place + 1 :]
        yield code[:place] + code[place + 1 :]
    for end in ("=", "==", ".", "A", " ", "\n"):
        yield code + end
