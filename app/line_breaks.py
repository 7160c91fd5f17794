"""How the lines of a language break, beyond what programs do by themselves."""

from typing import Final

LONG_WORDS: Final = frozenset(("de", "nl", "da", "nb", "nn", "no", "sv", "fi", "et", "hu", "is"))
"""Languages that write compounds or endings as one word, longer than a line of a phone holds."""

IN_PHRASES: Final = frozenset({"ja"})
"""Written without blanks, and read with ease where no line ends within a phrase."""

HYPHENS: Final = "hyphens:auto;-webkit-hyphens:auto;hyphenate-limit-chars:10 4 4"
"""What breaks long words where their language lets them, in those of ten letters or more."""

PHRASES: Final = "word-break:auto-phrase;overflow-wrap:anywhere"
"""What ends lines between phrases, but for what is longer than a line.

Source: CSS Text 4, `word-break`.
"""


def line_breaks(language: str) -> str:
    """Return what style lets lines of this language, by its tag, break well; empty for most."""
    name = language.replace("_", "-").partition("-")[0].lower()
    return HYPHENS if name in LONG_WORDS else PHRASES if name in IN_PHRASES else ""
