"""Tries of Letters: how often one is tried, and which kinds somebody waits for."""

from typing import Final

from app.delivery.reach import is_unreached
from app.enums import LetterKind
from app.models import Letter
from app.transports.base import Refused

MAX_TRIES: Final = 8
"""How often a Letter may be refused for now before it is given up: about nine minutes."""

NOBODY_WAITS: Final = frozenset({LetterKind.TEST, LetterKind.PROBE, LetterKind.SUNSET})
"""The kinds that are not sent again when they are in doubt."""

_SOON_OR_NEVER: Final = frozenset({LetterKind.TEST, LetterKind.PROBE})
"""The kinds for which no outage is waited."""


def has_tries(letter: Letter, refused: Refused) -> bool:
    """Return whether a Letter that was refused for now is tried again, and count what counts not.

    A try that reached nobody does not count, except of a test, which is worth nothing later.
    """
    if is_unreached(refused) and letter.kind not in _SOON_OR_NEVER:
        letter.n_unreached += 1
    return letter.attempt - letter.n_unreached < MAX_TRIES
