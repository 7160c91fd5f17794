"""Our own reading of MJML before the compiler's.

The compiler drops or passes on in silence what it does not know, and very deep nesting ends the
whole process.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from app.errors import RenderError
from app.rendering.mjml_tags import ATTRIBUTES, CHILDREN, COLOURS, HOLDS_HTML, HOLDS_TEXT, HTML

MAX_BYTES: Final = 512 * 1024
MAX_DEPTH: Final = 100

_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}|transparent|none|inherit|")
_WHY: Final = {
    "mj-include": "include with Jinja instead: {% include %}",
    "mj-html-attributes": "the compiler does not know it",
}


@dataclass
class _Reading:
    """Where the parser is: the open tags, outermost first."""

    open: list[str] = field(default_factory=list)


class _Refused(Exception):
    """A sentence about the tag at hand."""


def check_mjml(source: str, *, file: str) -> None:
    """Check that `source` is MJML that the compiler will follow exactly.

    Raises:
        RenderError: too large or too deep; not well-formed; a tag, an attribute or a colour that is
            not known or not in its place; with `file` and the line in `source`.
    """
    encoded = source.encode()
    if len(encoded) > MAX_BYTES:
        raise RenderError(f"{len(encoded):,} bytes of MJML, {MAX_BYTES:,} at most", file=file)
    parser = expat.ParserCreate()
    # Named entities such as &nbsp; are HTML's: without this the parser would not know them.
    parser.UseForeignDTD(True)  # noqa: FBT003 - takes no keyword
    parser.buffer_text = True
    _listen(parser)
    parser.StartDoctypeDeclHandler = lambda *_: _refuse("no document type may stand here")
    try:
        parser.Parse(encoded, True)  # noqa: FBT003 - takes no keyword
    except expat.ExpatError as error:
        detail = f"the tags do not fit together: {expat.ErrorString(error.code)}"
        raise RenderError(detail, file=file, line=error.lineno) from error
    except _Refused as refused:
        raise RenderError(str(refused), file=file, line=parser.CurrentLineNumber) from refused


def _listen(parser: expat.XMLParserType) -> None:
    """Hear of every tag, and of text where it may be wrong: not in HTML, where most of it is."""
    reading = _Reading()

    def text(data: str) -> None:
        _text(reading, data)

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        if parser.CharacterDataHandler is None and tag in HTML and len(reading.open) < MAX_DEPTH:
            reading.open.append(tag)  # as most do; what is not HTML is looked at below
            return
        _start(reading, tag, attributes)
        if tag in HOLDS_HTML:
            parser.CharacterDataHandler = None

    def end(tag: str) -> None:
        reading.open.pop()
        if tag in HOLDS_HTML:
            parser.CharacterDataHandler = text

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = text


def _start(reading: _Reading, tag: str, attributes: Mapping[str, str]) -> None:
    parent = reading.open[-1] if reading.open else ""
    reading.open.append(tag)
    if len(reading.open) > MAX_DEPTH:
        _refuse(f"tags are nested more than {MAX_DEPTH} deep")
    if parent in HTML or parent in HOLDS_HTML:
        if tag not in HTML:
            _refuse_html(tag, parent)
    elif parent == "mj-attributes":
        _check_defaults(tag, attributes)
    else:
        _check_mjml(tag, parent, attributes)


def _refuse_html(tag: str, parent: str) -> None:
    if tag.startswith("mj"):
        _refuse(f"<{tag}> cannot stand in <{parent}>")
    _refuse(f"<{tag}> is not a tag that mail programs show")


def _check_defaults(tag: str, attributes: Mapping[str, str]) -> None:
    """Check the children of `mj-attributes`: a component's name, `mj-all` or `mj-class`."""
    if tag in {"mj-all", "mj-class"}:
        known = frozenset[str]().union(*ATTRIBUTES.values(), {"name"})
        _check_attributes(tag, attributes, known)
    else:
        _check_mjml(tag, "", attributes)


def _check_mjml(tag: str, parent: str, attributes: Mapping[str, str]) -> None:
    if tag not in ATTRIBUTES:
        why = _WHY.get(tag)
        _refuse(f"<{tag}> is not a known MJML tag" + (f": {why}" if why else ""))
    if parent and tag not in CHILDREN.get(parent, frozenset()):
        _refuse(f"<{tag}> cannot stand straight in <{parent}>")
    _check_attributes(tag, attributes, ATTRIBUTES[tag])


def _check_attributes(tag: str, attributes: Mapping[str, str], known: frozenset[str]) -> None:
    for name, value in attributes.items():
        if name not in known:
            _refuse(f"<{tag}> has no attribute {name}")
        if name in COLOURS and not _COLOUR.fullmatch(value):
            _refuse(f"{name} of <{tag}> is {value!r}: write a colour as # and six hex digits")


def _text(reading: _Reading, text: str) -> None:
    parent = reading.open[-1] if reading.open else ""
    if parent in HOLDS_TEXT or text.isspace():
        return
    _refuse(f"text stands straight in <{parent}>, where it would be lost")


def _refuse(detail: str) -> None:
    raise _Refused(detail)
