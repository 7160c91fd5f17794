"""Tune Python's garbage collector for a process that lives long."""

import gc
from typing import Final

_SELDOM: Final = 10_000
"""New objects between two looks for garbage; Python looks after 700, most of them still in use."""


def leave_loaded_alone() -> None:
    """Take all objects there are now out of the collector's sight, for as long as they live.

    A quarter of a million objects belong to the code and its libraries. Going through them again
    and again for garbage took a tenth of a send, and every now and then the patience of somebody
    who signed up. To be called once, when a process is ready to work.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_SELDOM)
