"""The merge fields: the few personal values of a mail, filled in per recipient without an engine.

A template writes `{{ fields.leave_url }}` and gets an unguessable mark in its place. Only once the
mail is finished is every `{{` in it made harmless, and are the marks turned into `{{leave_url}}`.
So whatever authors write, and whatever a template does with it, no merge field can come of it.

Source: Amazon SES developer guide, "Using templates to send personalized email": inline templates
know plain `{{key}}` only, nothing is escaped, and a key without a value loses the mail.
"""

import html
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from app.directions import (
    END_ISOLATE,
    ISOLATE,
    Direction,
    direction_of_text,
)
from app.language import gettext, speaking

LEAVE_URL: Final = "leave_url"
"""The reader's own leave link, for HTML and text."""

PREFERENCES_URL: Final = "preferences_url"
"""The reader's own link to their preferences, for HTML and text."""

ADDRESS_H: Final = "address_h"
"""The reader's address, escaped for HTML."""

ADDRESS_T: Final = "address_t"
"""The reader's address as it is, for text."""

READER: Final = "reader"
"""What stands behind a tracked link's code in one reader's mail, with a slash before it, or
nothing. No template can ask for it: `rendering.tracked` alone puts it there."""

MERGE_FIELDS: Final = (LEAVE_URL, PREFERENCES_URL, ADDRESS_H, ADDRESS_T)

TO_READER: Final = ("<!--to-->", "<!--/to-->")
"""What stands between these in the HTML is meant for the recipient's eyes only."""

MAILED: Final = ("<!--mailed-->", "<!--/mailed-->")
"""What stands between these in the HTML is for readers of the mail alone: no web copy has it."""

_FIELD = re.compile(r"\{\{(\w+)\}\}")
_BRACE = re.compile(r"\{(?=\{)")
_NAMED = re.compile(rf"({'|'.join(MERGE_FIELDS)})x(\}}?)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_USUAL_ADDRESS = re.compile(r"[A-Za-z0-9@._+-]*")
"""What is the same in HTML and in text: nearly every address, and seven times as quick."""

# A tag of finished HTML, whole: an attribute may hold what an author wrote, with `<` and `>` bare.
_TAG = r"""<[A-Za-z/](?:[^"'>]|"[^"]*"|'[^']*')*>"""
_FOR_SOME = re.compile(
    rf"(?P<to>{TO_READER[0]}.*?{TO_READER[1]})|(?P<mailed>{MAILED[0]}.*?{MAILED[1]})|{_TAG}",
    re.DOTALL,
)
_HTML_BRACE = "&#123;"
_TEXT_BRACE = "{\u2060"
_LINK = re.compile(rf"https?://|x[0-9a-f]{{16}}(?:{LEAVE_URL}|{PREFERENCES_URL})x")
_SPAN = re.compile(r"</?span[^>]*>")
# A tag and the title whole, else what lies by itself and holds nothing that does.
_LIES_APART = re.compile(
    rf"<title>.*?</title>|{_TAG}|<![^>]*>|{ISOLATE}(?P<inner>(?:[^{ISOLATE}{END_ISOLATE}<]|"
    rf'<span dir="[lr]t[rl]">|</span>)*){END_ISOLATE}',
    re.DOTALL,
)
_SAFE_URL = re.compile(r"https?://[A-Za-z0-9._~:/?#\[\]@!$()*+,;=%-]+")


def is_link(text: str) -> bool:
    """Return whether a template is handed an address, or the mark of a merge field that is one."""
    return _LINK.match(text) is not None


def neutralise_html(text: str) -> str:
    """Write each `{{` of finished HTML so that no mail provider sees a field."""
    return _BRACE.sub(_HTML_BRACE, text)


def neutralise_text(text: str) -> str:
    """Put an invisible word joiner (U+2060) between the braces of each `{{` of plain text."""
    return _BRACE.sub(_TEXT_BRACE, text)


@dataclass(frozen=True)
class Marks:
    """What stands for the merge fields while one mail is made; `key` cannot be guessed."""

    key: str

    @property
    def fields(self) -> dict[str, str]:
        """Return each merge field's mark: letters, digits and `_`, the same in any escaping."""
        return {name: f"{self.key}{name}x" for name in MERGE_FIELDS}


def new_marks() -> Marks:
    """Return marks that nothing an author wrote can hold."""
    return Marks(f"x{secrets.token_hex(8)}")


def settle_html(text: str, marks: Marks) -> str:
    """Return HTML in which `{{` stands for the templates' merge fields and nothing else."""
    if ISOLATE in text:
        text = _isolates_as_tags(text)
    apart = {"{": _HTML_BRACE, "\\": "&#92;", "}": "&#125;"}
    return _settle(neutralise_html(text), marks, apart)


def _isolates_as_tags(text: str) -> str:
    """Write what lies by itself as an element with a direction, which every mail program knows.

    Tags and the title stay as they are.
    """

    def written(found: re.Match[str]) -> str:
        if found["inner"] is None:
            return found[0]
        words = html.unescape(_SPAN.sub("", found["inner"]))
        direction = direction_of_text(words, Direction.LTR)
        return f'<span dir="{direction}">{found["inner"]}</span>'

    while ISOLATE in text and (changed := _LIES_APART.sub(written, text)) != text:
        text = changed
    return text


def settle_text(text: str, marks: Marks) -> str:
    """Settle a subject or a text part as `settle_html` does."""
    apart = {"{": _TEXT_BRACE, "\\": "\\\u2060", "}": "\u2060}"}
    return _settle(neutralise_text(text), marks, apart)


def _settle(text: str, marks: Marks, apart: Mapping[str, str]) -> str:
    """Turn marks into fields; a brace or backslash that touches one would change its meaning."""
    before, *pieces = text.split(marks.key)
    settled = [before]
    for piece in pieces:
        before = settled[-1]
        if before.endswith(("{", "\\")):
            settled[-1] = before[:-1] + apart[before[-1]]
        found = _NAMED.match(piece)
        if found is None:  # a template spoiled the mark: what is left of it means nothing
            settled.append(marks.key + piece)
            continue
        after = apart["}"] if found[2] else ""
        settled += [f"{{{{{found[1]}}}}}", after + piece[found.end() :]]
    return "".join(settled)


def fields_for(address: str, leave_url: str, preferences_url: str) -> dict[str, str]:
    """Return a value for every merge field but `READER`, which only tracked mail has.

    All of them are always there. The values are free of line ends and control characters.

    Raises:
        ValueError: a link holds a character that would read differently in HTML and in text.
    """
    if not (_SAFE_URL.fullmatch(leave_url) and _SAFE_URL.fullmatch(preferences_url)):
        raise ValueError("a reader's link must be an http(s) address without quotes, & or braces")
    links = {LEAVE_URL: leave_url, PREFERENCES_URL: preferences_url}
    if _USUAL_ADDRESS.fullmatch(address):
        return {**links, ADDRESS_H: address, ADDRESS_T: address}
    plain = _CONTROL.sub("", address)
    return {
        **links,
        ADDRESS_H: html.escape(plain).replace("{", _HTML_BRACE),
        ADDRESS_T: plain.replace("{", _TEXT_BRACE),
    }


def preview_fields(address: str, base_url: str) -> dict[str, str]:
    """Return the values for a mail that somebody looks at who is not its reader.

    The links are as dead as can be: they are signed for nobody and lead to a page that says so
    (`pages.editions`). `base_url` is the publication's, without a closing slash.
    """
    return fields_for(
        address=address,
        leave_url=f"{base_url}/preview/leave",
        preferences_url=f"{base_url}/preview/preferences",
    )


def fill(template: str, fields: Mapping[str, str]) -> str:
    """Fill in the merge fields of `template` in one pass: values are not read again.

    Raises:
        KeyError: the template holds a field that `fields` has no value for.
    """
    return _FIELD.sub(lambda m: fields[m[1]], template)


def _as_page(tag: str) -> str:
    """Return a tag that said it holds a mail as one that holds what is of the page."""
    said = ' aria-roledescription="email"'
    return tag.replace(said, "").replace(' role="article"', ' role="main"') if said in tag else tag


def html_without_reader(text: str, base_url: str, spoken: str) -> str:
    """Return an edition's HTML for the web, where anybody may read it.

    It holds no address and no personal link. `base_url` is the publication's, without a closing
    slash; `spoken` is the code of the language that our words in it are said in.
    """
    with speaking(spoken):
        sentence = html.escape(gettext("This is the web copy of a mail."))

    def neutral(found: re.Match[str]) -> str:
        if found["to"] is not None:
            return f'<p lang="{spoken}">{sentence}</p>'
        if found["mailed"] is not None:
            return ""
        return _as_page(found[0]) if found[0].startswith("<div") else found[0]

    return fill(
        _FOR_SOME.sub(neutral, text), fields_for("", f"{base_url}/leave", f"{base_url}/preferences")
    )
