"""Shorten what a provider replied to one line without addresses, fit for logs and pages."""

import re
from typing import Final

from app.characters import cut

_ADDRESS: Final = re.compile(r"(?<![^\s<>\"'(),:;])[^\s<>\"'(),:;]+@[^\s<>\"'(),;]+")
"""It is looked for where a word begins alone: else one of 32,000 letters takes two seconds."""

_LONGEST: Final = 200


def tidy(reply: str | bytes) -> str:
    """Return the reply on one line of at most 200 characters, addresses replaced by `(address)`."""
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return cut(_ADDRESS.sub("(address)", " ".join(text.split())), _LONGEST)
