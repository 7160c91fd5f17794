"""Headings: parse and write `TITLE (LABEL)`, for text and Markdown.

A heading may come dressed, as it is copied from a page, a mail or a Markdown file: linked, in bold,
behind `#`, its label in a cell of its own. A backslash before a title says that what looks like
dress belongs to it.
"""

import re
from dataclasses import dataclass, replace
from typing import Final

from app.content.matching import match_key, trimmed
from app.content.normal import one_line
from app.web_addresses import is_web_address

_TOKEN: Final = re.compile(r"\\.|[()]")
_ESCAPED: Final = re.compile(r"\\([()\\])")
_SPECIAL: Final = re.compile(r"[()\\]")
_ADDRESS: Final = r"(?P<url>https?://[^\s<>\"'()]+(?:\([^\s<>\"'()]*\)[^\s<>\"'()]*)?)"
_DRESSES: Final = (
    re.compile(rf"\[(?P<text>[^\[\]]*\S[^\[\]]*)\]\({_ADDRESS}\)"),
    re.compile(rf"(?P<text>[^<>]*[^<>\s])\s*<{_ADDRESS}>"),
    re.compile(
        rf"<a\s[^<>]*?href=[\"']?{_ADDRESS}[\"']?(?:\s[^<>]*)?>(?P<text>[^<>]*\S[^<>]*)</a>",
        re.IGNORECASE,
    ),
    re.compile(r"(?P<stars>\*{1,3})(?P<text>[^*\s](?:[^*]*[^*\s])?)(?P=stars)"),
    re.compile(r"#{1,6}\s+(?P<text>\S.*)"),
)
_LONGEST: Final = 3_000
"""More characters than a title, a label and an address have together."""
_ENDS: Final = (")", ">", "*")
_BEGINS: Final = ("[", "<", "*", "#")
_HINT = re.compile("min|github|podcast", re.IGNORECASE)
_READ_TIME: Final = re.compile(r"\d{1,3}[\s-]*min(?:ute)?s?\.?(?:[\s-]*read)?", re.IGNORECASE)
_OTHER_LABELS: Final = frozenset({"github repo", "podcast"})


@dataclass(frozen=True, slots=True)
class Heading:
    """What a heading says; `summary` is a third cell of a table's row."""

    title: str
    label: str = ""
    url: str = ""
    summary: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """Return what two headings share that say the same."""
        return match_key(self.title), match_key(self.label)


def read_heading(line: str) -> Heading | None:
    """Return the heading of a line with a label, in parentheses or in a cell, else None."""
    bare = trimmed(line)
    heading = _labelled(bare) if bare.endswith(_ENDS) else None
    return heading or (_cells(bare) if "\t" in bare or "|" in bare else None)


def markdown_heading(text: str) -> Heading:
    """Return the heading behind the `##` of Markdown, with a label or without."""
    return _labelled(trimmed(text)) or bare_heading(text)


def bare_heading(line: str) -> Heading:
    """Return the heading that a line without a label says."""
    title, url = strip_markup(one_line(line))
    return Heading(title, url=url)


def is_label(text: str) -> bool:
    """Return whether a text by itself is a label: `7 minute read`, `GitHub Repo`."""
    return _READ_TIME.fullmatch(text) is not None or match_key(text) in _OTHER_LABELS


def is_labelled(line: str) -> bool:
    """Return whether the line has such a label and so is a heading, wherever it stands."""
    if not _HINT.search(line[-_LONGEST:]):
        return False
    heading = read_heading(line.lstrip("\\"))
    return heading is not None and is_label(heading.label)


def strip_markup(title: str) -> tuple[str, str]:
    """Return a title without its markup, and the address that it links to, or an empty text."""
    if title.startswith("\\"):
        return (title[1:] if _markup(title.lstrip("\\")) else title), ""
    url = ""
    while found := _markup(title):
        title, url = one_line(found["text"]), found.groupdict().get("url") or url
    return title, url


def protect(title: str) -> str:
    """Return the title as it must be written for `strip_markup` to give it back, without a link."""
    return f"\\{title}" if _markup(title.lstrip("\\")) else title


def split_heading(line: str) -> tuple[str, str] | None:
    r"""Return title and label, or None where the line does not end with ` (…)` after a title.

    The label is the last parenthesised part; parentheses inside it must balance or be written
    `\(` and `\)`. Those of the title need not. One pass over the line.
    """
    opening = _last_opening(line) if line.endswith(")") else None
    if opening is None or not line[opening - 1].isspace():
        return None
    title = one_line(line[:opening])
    label = _ESCAPED.sub(r"\1", one_line(line[opening + 1 : -1]))
    return (title, label) if title else None


def join_heading(title: str, label: str) -> str:
    """Return the line that `split_heading` splits into just these; an empty label is `()`."""
    plain = f"{title} ({label})"
    if split_heading(plain) == (title, label):
        return plain
    return f"{title} ({_SPECIAL.sub(lambda found: chr(92) + found[0], label)})"


def _labelled(line: str) -> Heading | None:
    if parts := split_heading(line):
        title, url = strip_markup(parts[0])
        return Heading(title, parts[1], url)
    whole = one_line(line)
    inner, url = strip_markup(whole)
    if inner == whole or whole.startswith("\\"):
        return None
    heading = _labelled(inner)  # its label is inside of the dress
    return heading and replace(heading, url=heading.url or url)


def _cells(line: str) -> Heading | None:
    """Return the heading of a table's row: a title, a label, and a summary or nothing."""
    if len(line) > _LONGEST:
        return None
    sign = "\t" if "\t" in line else "|"
    cells = [one_line(cell) for cell in line.strip(" |").split(sign)]
    filled = [cell for cell in cells if cell]
    if len(filled) not in (2, 3) or not is_label(filled[1]) or filled[0].startswith("\\"):
        return None
    title, url = strip_markup(filled[0])
    return Heading(title, filled[1], url, "".join(filled[2:]))


def _markup(title: str) -> re.Match[str] | None:
    if not title.startswith(_BEGINS) and not title.endswith(">"):
        return None
    if len(title) > _LONGEST:
        return None
    found = next(filter(None, (dress.fullmatch(title) for dress in _DRESSES)), None)
    url = found and found.groupdict().get("url")
    return found if not url or is_web_address(url) else None


def _last_opening(line: str) -> int | None:
    """Return where the parenthesis opens that the last character closes; None if none or at 0."""
    openings: list[int] = []
    opening: int | None = None
    last = -1
    for found in _TOKEN.finditer(line):
        if found[0] == "(":
            openings.append(found.start())
        elif found[0] == ")":
            opening = openings.pop() if openings else None
            last = found.start()
    return opening if opening and last == len(line) - 1 else None
