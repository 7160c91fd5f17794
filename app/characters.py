"""What people see as one character, and how a text is cut between two of them.

A flag, a skin tone, an accent or a Thai vowel is several code points and one character.
"""

import unicodedata
from collections.abc import Iterator
from typing import Final

import regex

LONGEST: Final = 32
"""Code points of one character; no script has more, but whoever wants to do harm.

Source: UAX 15, the Stream-Safe Text Format, allows 30 marks on one letter.
"""

LINE: Final = r"^[^\x00-\x1f\x7f-\x9f]*$"
"""What one line is: text without control characters, as a pattern for Python and JSON Schema."""

TEXT: Final = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
"""The same for text that may have tabs and several lines."""

_CLUSTERS: Final = regex.compile(r"\X")

_NEEDED_JOINERS: Final = regex.compile(
    r"(?<=\p{ccc=9})[\u200c\u200d]"
    r"|(?<=[\p{jt=L}\p{jt=D}]\p{jt=T}{0,4})\u200c(?=\p{jt=T}{0,4}[\p{jt=R}\p{jt=D}])"
    r"|(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f])\u200d(?=\p{Extended_Pictographic})"
)
"""Joiners that a text is written otherwise without: after a virama, between two letters that would
join, between the pictures of one emoji.

Source: RFC 5892, appendix A.1 and A.2; UTS 51, section 2.3.
"""

_BREAKS: Final = frozenset({"Cc", "Zl", "Zp"})
_UNSEEN: Final = frozenset({"Cf", "Cs", "Co", "Cn"})


def clusters(text: str) -> Iterator[str]:
    """Yield the characters of a text as people see them; joined they are the text.

    Source: UAX 29, extended grapheme clusters.
    """
    if _is_plain(text):
        yield from text
        return
    for found in _CLUSTERS.finditer(text):
        yield found[0]


def cut(text: str, n_chars: int) -> str:
    """Return the beginning of a text, of at most `n_chars` code points, in whole characters.

    So it may be up to `LONGEST` shorter; only what has more marks than that is cut between them.
    """
    if len(text) <= n_chars:
        return text
    if n_chars > 0 and _is_plain(text[: n_chars + 1]):
        return text[:n_chars]
    end = 0
    for cluster in clusters(text):
        if end + len(cluster) > n_chars:
            end = n_chars if len(cluster) > LONGEST else end
            break
        end += len(cluster)
    return text[:end]


def one_line(typed: str) -> str:
    """Return a text on one line, without what nobody sees or what turns its direction.

    Joiners stay where a word or an emoji needs them.
    """
    needed = {found.start() for found in _NEEDED_JOINERS.finditer(typed)}
    kinds = [unicodedata.category(char) for char in typed]
    seen = (
        " " if kind in _BREAKS else char
        for at, (char, kind) in enumerate(zip(typed, kinds, strict=True))
        if kind not in _UNSEEN or at in needed
    )
    return " ".join("".join(seen).split())


def _is_plain(text: str) -> bool:
    """Return whether every code point is a character of its own; CR and LF together are one."""
    return text.isascii() and "\r" not in text
