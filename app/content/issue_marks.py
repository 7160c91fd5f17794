"""The issue's own words in the text form: an opening and a sign-off, outside of all stories.

They are looked for among the lines that no story takes, so that no text's stories change by them.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from app.content import reasons
from app.content.drafts import Digest, Unplaced
from app.content.escapes import unescape
from app.content.limits import ISSUE_TEXTS, text_faults
from app.content.lines import Kind, is_signature
from app.content.matching import match_key
from app.content.normal import one_line
from app.content.text_marks import Zone, is_banner, line_of, looks_like_mark, said_behind

OPENING: Final = "Opening"
SIGN_OFF: Final = "Sign-off"

_NAMES: Final = {
    match_key(OPENING): "opening",
    match_key(SIGN_OFF): "sign_off",
    "sign off": "sign_off",
}


def with_issue_texts(digest: Digest, lines: Sequence[str]) -> Digest:
    """Return the digest with what its unplaced lines say as the issue's own words.

    `lines` are those of the text. A text that is said twice or is too long stays unplaced.
    """
    texts: dict[str, str] = {}
    left: list[Unplaced] = []
    at = 0
    while at < len(digest.unplaced):
        line = digest.unplaced[at]
        said = None if line.after else said_behind(line.text.strip(), _NAMES)
        at += 1
        if said is None:
            left.append(line)
            continue
        name, parts, taken = said[0], [said[1]], [line]
        while at < len(digest.unplaced) and _goes_on(parts, taken[-1], digest.unplaced[at], lines):
            taken.append(digest.unplaced[at])
            parts.append(unescape(taken[-1].text.strip(), looks_like_mark_outside))
            at += 1
        text = one_line(" ".join(parts))
        if reason := _refused(name, text, texts):
            left += [replace(one, reason=reason) for one in taken]
        else:
            texts[name] = text
    opening, sign_off = texts.get("opening", ""), texts.get("sign_off", "")
    return replace(digest, unplaced=tuple(left), opening=opening, sign_off=sign_off)


def looks_like_mark_outside(text: str) -> bool:
    """Return whether a line outside of stories looks like a mark, its backslashes aside."""
    bare = text.lstrip("\\")
    return looks_like_mark(text) or is_banner(bare) or said_behind(bare, _NAMES) is not None


def _goes_on(parts: list[str], before: Unplaced, line: Unplaced, lines: Sequence[str]) -> bool:
    """Return whether a text goes on in a line: below it, or after blank lines if it has not begun.

    `before` is the last line of the text, and `parts` what it says as yet.
    """
    if line.after or any(lines[before.line : line.line - 1]):
        return False
    is_below = line.line == before.line + 1
    read = line_of(line.line, line.text, Zone.OUTSIDE)
    is_text = read is not None and read.kind is Kind.PLAIN and not is_signature(line.text)
    is_mark = said_behind(line.text.strip(), _NAMES) is not None
    return is_text and not is_mark and (is_below or not any(map(str.strip, parts)))


def _refused(name: str, text: str, texts: dict[str, str]) -> str:
    """Return why the issue does not take a text; empty where it does."""
    if not text:
        return reasons.MARK_ALONE
    if texts.get(name, text) != text:
        return reasons.SAID_TWICE
    return reasons.TOO_LONG if any(text_faults(text, ISSUE_TEXTS[name])) else ""
