"""Compare pasted lines: what looks the same to a person is the same."""

import html
import re
import unicodedata
from typing import Final

# Soft hyphen, joiners and other marks without width, direction marks, variation selectors, BOM.
_MARKS: Final = "".join(
    chr(code)
    for first, last in (
        *((0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x180E, 0x180E), (0x200B, 0x200F)),
        *((0x202A, 0x202E), (0x2060, 0x2064), (0x2066, 0x2069), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF)),
    )
    for code in range(first, last + 1)
)
_INVISIBLE = re.compile(f"[{_MARKS}]")
_SPACES: Final = "\t\n\r \xa0\u1680\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_LOOKALIKES: Final = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4`", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        "\uff1a": ":",
        "…": "...",
    }
)


def trimmed(line: str) -> str:
    """Return the line without white space and marks that nobody sees at its end."""
    return line.rstrip(_SPACES + _MARKS)


def match_key(text: str) -> str:
    """Return what two texts share that look the same: never shown, only compared.

    Spaces of all kinds, typographic quotes and dashes, marks without width, entities of HTML,
    composed and decomposed letters, and capitals make no difference.
    """
    if text.isascii() and "&" not in text and "`" not in text:
        return " ".join(text.split()).casefold()
    plain = _INVISIBLE.sub("", html.unescape(text))
    signs = unicodedata.normalize("NFC", plain).translate(_LOOKALIKES)
    return " ".join(signs.split()).casefold()
