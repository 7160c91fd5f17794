"""Names of categories: when two are the same, and the slug that addresses are made with."""

import re
import unicodedata
from collections.abc import Container
from itertools import count
from typing import Final

_LONGEST_SLUG: Final = 60
_SPELT: Final = {"+": "plus", "#": "sharp", ".": "dot"}
"""Signs that make another name of one that is otherwise the same: C, C# and C++, NET and .NET."""

_SIGNS: Final = re.compile(r"\+|(?<=\w)#|(?<!\w)\.(?=\w)")
_PICTURES: Final = frozenset({"So", "Sk", "Sc", "Sm"})
"""General categories (Unicode 4.5) of emoji and other symbols, of which each has a name."""

_TONES: Final = re.compile("[\U0001f3fb-\U0001f3ff]")
"""Skin tones: they change a picture and are none. Source: UTS 51, 1.4.4."""

_ACCENTS: Final = re.compile("(?<=[a-z])[\u0300-\u036f]+")


def name_key(name: str) -> str:
    """Return what is the same for names that people take for one: AI, ai and “A I”.

    Compatible characters, case, spaces and what nobody sees make no other name.
    """
    seen = (char for char in _folded(name) if not char.isspace() and not _is_unseen(char))
    return _folded("".join(seen))  # what stood apart may be one character now


def slug_of(name: str) -> str:
    """Return the slug that a name suggests: `devops-cloud` for `DevOps & Cloud`.

    It has sixty characters at most. Letters of any script are kept, accents on Latin ones are not.
    A name of pictures alone is called by what Unicode calls them; one with neither suggests none.
    """
    spelt = _SIGNS.sub(lambda found: f" {_SPELT[found[0]]} ", _folded(name))
    return _joined(_without_accents(spelt)) or _joined(_pictures(spelt))


def free_slug(name: str, taken: Container[str]) -> str:
    """Return the slug that the name suggests, numbered from 2 where that is taken.

    Empty for a name that suggests none.
    """
    slug = slug_of(name)
    if not slug or slug not in taken:
        return slug
    return next(one for n in count(2) if (one := f"{slug}-{n}") not in taken)


def _folded(name: str) -> str:
    """Return the name without differences of case and of compatible characters.

    Source: Unicode 5.18 and 3.13, D147: folding and normalising again until nothing changes.
    """
    before, folded = "", name
    while folded != before:
        before, folded = folded, unicodedata.normalize("NFKC", folded.casefold())
    return folded


def _is_unseen(char: str) -> bool:
    """Tell whether nobody sees this: joiners, soft hyphens, marks of direction, selectors."""
    return unicodedata.category(char) in {"Cf", "Cc"} or "\ufe00" <= char <= "\ufe0f"


def _without_accents(text: str) -> str:
    """Return the text with plain Latin letters; elsewhere a mark makes another letter."""
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", text)))


def _joined(text: str) -> str:
    """Return the words of a text with hyphens between them; empty without letter or digit."""
    kept = "".join(char if _is_of_a_word(char) else "-" for char in text if not _is_unseen(char))
    if not any(char.isalnum() for char in kept):
        return ""
    return re.sub(r"-+", "-", kept).strip("-_")[:_LONGEST_SLUG].strip("-_")


def _is_of_a_word(char: str) -> bool:
    return char == "_" or unicodedata.category(char)[0] in "LMN"


def _pictures(text: str) -> str:
    """Return the Unicode names of the pictures in a text."""
    symbols = (char for char in _TONES.sub("", text) if unicodedata.category(char) in _PICTURES)
    return " ".join(unicodedata.name(char, "").casefold() for char in symbols)
