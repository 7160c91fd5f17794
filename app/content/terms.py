r"""`Term: definition`: one Decoder entry taken apart and put together, for text and Markdown.

A separator (`:` in the text form, `:**` in Markdown) counts only before white space or at the
end. One that belongs to the term has a backslash before it; backslashes right before a
separator are doubled. Elsewhere a backslash is a backslash.
"""

import re
from collections.abc import Callable
from typing import Final

from app.story_fields import Term


def _separators(separator: str) -> re.Pattern[str]:
    # Possessive and anchored at the start of a run: a line of backslashes costs one pass.
    return re.compile(rf"(?<!\\)(\\*+){re.escape(separator)}(?=\s|\Z)")


_PATTERNS: Final = {separator: _separators(separator) for separator in (":", ":**")}


def split_term(text: str, separator: str = ":") -> Term:
    """Return the entry in one line; without a separator the whole line is the term."""
    term: list[str] = []
    at = 0
    for found in _PATTERNS[separator].finditer(text):
        backslashes = len(found[1])
        term += [text[at : found.start()], "\\" * (backslashes // 2)]
        at = found.end()
        if backslashes % 2 == 0:
            name = "".join(term).strip()
            return Term(name, text[at:].strip()) if name else Term(text, "")
        term.append(separator)
    return Term("".join(term) + text[at:], "")


def join_term(entry: Term, separator: str = ":", *, always: bool = False) -> str:
    """Return the line that `split_term` splits into this entry, which is in normal form.

    With `always` the separator stands there even without a definition.
    """
    ends = bool(entry.definition) or always
    body = _PATTERNS[separator].sub(_escape(len(entry.term) if ends else -1), entry.term)
    if not ends:
        return body
    trailing = len(body) - len(body.rstrip("\\"))
    return f"{body}{body[len(body) - trailing :]}{separator} {entry.definition}".rstrip()


def _escape(spared_end: int) -> Callable[[re.Match[str]], str]:
    """Return the escape of a separator inside a term; one that ends at `spared_end` stays."""

    def escape(found: re.Match[str]) -> str:
        if found.end() == spared_end:
            return found[0]
        return found[1] + "\\" + found[0]

    return escape
