"""NUL characters in what a browser sends: no text has one, and a file keeps its bytes."""

import re
from typing import Final

from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import Scope

_FFFD: Final = "\ufffd".encode()
_ENCODED: Final = b"%EF%BF%BD"
_FIELDS: Final = "application/x-www-form-urlencoded"
_PARTS: Final = "multipart/form-data"

MAX_PARTS: Final = 1_000
"""Parts of a form; Starlette's parser takes as many fields."""

MAX_PART_HEAD: Final = 2 * 1024
"""Bytes of one part's headers: its name, and a file's, of 255 letters at most."""

_CHARSET: Final = re.compile(r";\s*charset=[^;]*", re.IGNORECASE)


def without_nul(scope: Scope, body: bytes, *, is_file: bool = False) -> tuple[Scope, bytes]:
    """Return the query and a form with U+FFFD for each NUL character, as browsers read a page.

    No text of PostgreSQL can hold one, and nobody types one. JSON's stand as escapes; the fields of
    its models refuse them (`fields.LINE`, `fields.TEXT`). Files are passed on as they are, a body
    that `is_file` with them.

    Raises:
        HTTPException: 404, because no address of ours has one; 400 for a form of too many parts, or
            of a part with too long a head: dividing 40 MB of them would keep all waiting.
    """
    if "\0" in scope["path"]:
        raise HTTPException(404)
    query = scope.get("query_string", b"")
    if b"%00" in query:
        scope = {**scope, "query_string": query.replace(b"%00", _ENCODED)}
    said = _CHARSET.sub("", Headers(scope=scope).get("content-type", ""))
    kind = said.partition(";")[0].strip().lower()
    if is_file:
        return scope, body
    if kind == _FIELDS:
        body = _replaced(body)
    elif kind == _PARTS:
        scope = _said_to_be(scope, said)
        body = _in_parts(body, parse_options_header(said)[1].get(b"boundary", b""))
    return scope, body


def _said_to_be(scope: Scope, kind: str) -> Scope:
    """Return the request with another content type; pages are in UTF-8, and so are their forms."""
    others = [(name, value) for name, value in scope["headers"] if name != b"content-type"]
    return {**scope, "headers": [*others, (b"content-type", kind.encode("latin-1"))]}


def _in_parts(body: bytes, boundary: bytes) -> bytes:
    """Return the parts of a form, divided as Starlette's parser divides them."""
    between = b"\r\n--" + boundary
    if body.count(between) > MAX_PARTS:
        raise HTTPException(400)
    return between.join(_part(one) for one in body.split(between))


def _part(part: bytes) -> bytes:
    head, end, content = part.partition(b"\r\n\r\n")
    if len(head) > MAX_PART_HEAD:
        raise HTTPException(400)
    return _replaced(head) + end + (content if _is_file(head) else content.replace(b"\0", _FFFD))


def _is_file(head: bytes) -> bool:
    """Return whether the part of these headers is a file; the last that says so counts."""
    lines = (line.partition(b":") for line in head.split(b"\r\n"))
    said = [value for name, _, value in lines if name.lower() == b"content-disposition"]
    return bool(said) and b"filename" in parse_options_header(said[-1].strip())[1]


def _replaced(encoded: bytes) -> bytes:
    return encoded.replace(b"%00", _ENCODED).replace(b"\0", _FFFD)
