"""Parse a digest in any of its forms; nothing looks at an input before this."""

import codecs
import re
from collections.abc import Callable, Collection
from enum import StrEnum
from typing import Final

from app.content.drafts import Digest
from app.content.errors import at_line, refusal
from app.content.front_matter import FENCE
from app.content.json_form import parse_json
from app.content.limits import CONTROL, MAX_BYTES
from app.content.markdown_form import parse_markdown
from app.content.normal import newlines
from app.content.text_form import parse_text
from app.errors import TooLarge
from app.sentences import Sentence


class Form(StrEnum):
    """How a digest is written."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"


_PARSERS: Final[dict[Form, Callable[[str, Collection[int]], Digest]]] = {
    Form.TEXT: parse_text,
    Form.MARKDOWN: parse_markdown,
    Form.JSON: lambda text, _: parse_json(text),
}
_LINK_FIRST = re.compile(r"\[[^\[\]\n]*\]\(")
_BREAKS: Final = {0x0B: "\n", 0x0C: "\n"}
"""Vertical tab and form feed: a line and a page break, as Word and Google Docs copy them."""
_OTHER_MARKS: Final = (codecs.BOM_UTF32_LE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def parse(data: bytes, *, form: Form | None = None, headings: Collection[int] = ()) -> Digest:
    """Return the stories in the input, and its lines that belong to none.

    Without `form` it is recognised by `form_of`. `headings` are the numbers of lines of which a
    person said that they begin a story; JSON has none. Raises TooLarge above MAX_BYTES, and
    ContentError for what is binary, not UTF-8, empty, not of the form or out of bounds; nothing
    else.
    """
    if len(data) > MAX_BYTES:
        raise TooLarge(Sentence("The digest is larger than %(n_bytes)s bytes.", n_bytes=MAX_BYTES))
    text = read_text(data)
    if not text.strip():
        raise refusal("The digest is empty.")
    return _PARSERS[form or form_of(text)](text, headings)


def form_of(text: str) -> Form:
    """Return the form that the text's beginning shows.

    `{` or `[` is JSON, unless it begins a linked title; a first line `---`, or one that begins with
    `## `, is Markdown; anything else is the digest text form.
    """
    start = text.lstrip()
    if start.startswith(("{", "[")) and not _LINK_FIRST.match(start):
        return Form.JSON
    fenced = text.split("\n", 1)[0].rstrip() == FENCE
    return Form.MARKDOWN if fenced or start.startswith("## ") else Form.TEXT


def numbered_lines(text: str) -> list[str]:
    """Return the lines of a text as `parse` counts them, also where they are more than it takes."""
    return newlines(text.translate(_BREAKS)).split("\n")


def read_text(data: bytes) -> str:
    """Return the text of the bytes, without a byte-order mark."""
    if data.startswith(_OTHER_MARKS):
        raise refusal("The digest is in UTF-16 or UTF-32; save it as UTF-8.")
    if b"\0" in data:
        place = at_line(_line(data, data.index(0)), "holds a NUL byte")
        raise refusal("The digest is binary, not text.", [place])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = at_line(_line(data, error.start), f"byte {data[error.start]:#04x}")
        raise refusal("The digest is not UTF-8; save it as UTF-8.", [place]) from error
    text = text.translate(_BREAKS)
    if found := CONTROL.search(text):
        code = f"holds the control character U+{ord(found[0]):04X}"
        place = at_line(text.count("\n", 0, found.start()) + 1, code)
        raise refusal("The digest is binary, or damaged.", [place])
    return text


def _line(data: bytes, index: int) -> int:
    return data.count(b"\n", 0, index) + 1
