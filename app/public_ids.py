"""Public ids: random numbers that name a row to the world, and are never given twice.

The number of a row (`id`) comes from a sequence, and a backup that is put back gives the same
numbers to others. So what others see (links, tags of mails) names a row by its public id
(docs/adr/0019).
"""

from typing import Final

FIRST: Final = 2**40
"""The least of them: no sequence comes that far.

Rows that were there before they had one have their number as their public id, because links and
tags of mails that are out name them by it. Nothing that was made since has one so small.
"""

LAST: Final = 2**62 - 1
"""The greatest of them: so they have 19 digits at most, and any such number is a `bigint`."""


def is_number(public_id: int) -> bool:
    """Return whether this is the number of a row, from the time before there were public ids."""
    return public_id < FIRST


def delivery_tag(issue: int, subscriber: int) -> str:
    """Return what a Delivery's mail is tagged with, of two public ids; events bring it back."""
    return f"{issue}-{subscriber}"


def letter_tag(letter: int) -> str:
    """Return what a Letter's mail is tagged with, of its public id; events bring it back."""
    return f"letter-{letter}"
