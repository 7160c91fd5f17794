"""Which way a language and a text are written: from left to right, or from right to left."""

import re
from enum import StrEnum
from functools import cache
from typing import Final
from unicodedata import bidirectional

from babel.core import get_global


class Direction(StrEnum):
    """A direction, as HTML's `dir` says it."""

    LTR = "ltr"
    RTL = "rtl"


_SCRIPTS: Final = frozenset(
    ("Adlm", "Arab", "Aran", "Hebr", "Mand", "Mend", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa")
)
"""Scripts in use that are written from right to left. Source: CLDR, scriptMetadata."""

ISOLATE: Final = "\u2068"
END_ISOLATE: Final = "\u2069"
"""What stands around a text that lies by itself. Source: UAX 9, FSI and PDI."""

_ISOLATED: Final = re.compile(f"{ISOLATE}[^{ISOLATE}{END_ISOLATE}]*{END_ISOLATE}")
_NO_MARKS: Final = dict.fromkeys(map(ord, (ISOLATE, END_ISOLATE)))

_RIGHT: Final = frozenset({"R", "AL"})
_LEADS_RIGHT: Final = _RIGHT | {"RLE", "RLO", "RLI"}
_LEADS_LEFT: Final = frozenset({"L", "LRE", "LRO", "LRI"})
"""Letters, and marks that turn what follows them. Source: UAX 9, table 4."""

_LETTERS_IN_SCRIPT: Final = 4
_BEYOND_ASCII: Final = re.compile(r"[^\x00-\x7f]")


@cache
def direction_of(language: str) -> Direction:
    """Return the direction of a language, by its tag: by the script that it names or mostly has.

    Source: BCP 47; CLDR, likelySubtags.
    """
    name, *rest = language.replace("_", "-").split("-")
    name = str(get_global("language_aliases").get(name.lower(), name.lower()))
    likely = get_global("likely_subtags")
    usual = [likely.get(f"{name}_{part.upper()}", "") for part in rest] + [likely.get(name, "")]
    for part in [*rest, *"_".join(usual).split("_")]:
        if len(part) == _LETTERS_IN_SCRIPT and part.isalpha():
            return Direction.RTL if part.title() in _SCRIPTS else Direction.LTR
    return Direction.LTR


def direction_of_text(text: str, otherwise: Direction) -> Direction:
    """Return the direction that most letters of a text have; `otherwise` where none leads.

    So a story in Arabic that names a few products in Latin letters lies right to left, also in a
    publication that is written in English. Source: UAX 9, 3.2, the bidirectional class.
    """
    if otherwise is Direction.LTR and not _holds_rtl(text):
        return otherwise
    kinds = [bidirectional(sign) for sign in text]
    n_left, n_right = kinds.count("L"), sum(kind in _RIGHT for kind in kinds)
    if n_left == n_right:
        return otherwise
    return Direction.LTR if n_left > n_right else Direction.RTL


def isolated(text: str, around: Direction) -> str:
    """Return a text so that it lies by itself within a sentence that is written in `around`.

    Marks stand around it where it holds a letter of the other direction: without them its full
    stop, its number or the next name would change places. So they do where it holds a mark that
    turns what follows, for such a one ends with them. Source: UAX 9, 2.7 and 3.3.2, X5c and X6a.
    """
    if around is Direction.LTR and not _holds_rtl(text):
        return text
    own = _ISOLATED.sub("", text)
    if around is Direction.LTR:
        lies_otherwise = _holds_rtl(own)
    else:
        lies_otherwise = any(bidirectional(sign) in _LEADS_LEFT for sign in own)
    return f"{ISOLATE}{text}{END_ISOLATE}" if lies_otherwise else text


def without_isolates(text: str) -> str:
    """Return the text without these marks, as for a subject."""
    return text.translate(_NO_MARKS)


def _holds_rtl(text: str) -> bool:
    """Return whether anything leads from right to left; most texts hold few signs to look at."""
    beyond_ascii = () if text.isascii() else _BEYOND_ASCII.findall(text)
    return any(bidirectional(sign) in _LEADS_RIGHT for sign in beyond_ascii)
