"""Values that no program should be sent, and every place of every route where one can be put."""

import json
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote, urlencode

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import RouteContext, iter_route_contexts

from app.api.signups import Signup
from app.readers.signup_request import TRAP

DIGITS: Final = "9" * 5000
"""More than Python reads as a number (4,300 digits)."""

TEXTS: Final = (
    DIGITS,
    f"-{DIGITS}",
    str(2**63),
    str(2**31),
    "-0",
    "1e400",
    "NaN",
    "²٣",  # digits to str.isdigit; one of them is no number to int, the other is
    "\x00",
    "\r\nX-Injected: yes",
    "\U0010ffff'\"\\;--",
    "99999999999-01-01",
    "9999-12-31",
    "0001-01-01T00:00:00+14:00",
    "",
)
BYTES: Final = (b"%ED%A0%80", b"%FF%FE", b"%zz%")
"""Half a surrogate pair, no UTF-8, and no escapes, as they stand in an address or a form."""

HEADERS: Final = (
    "Accept",
    "Accept-Language",
    "Access-Control-Request-Method",
    "Cookie",
    "DNT",
    "Host",
    "Idempotency-Key",
    "If-Match",
    "If-Modified-Since",
    "If-None-Match",
    "Origin",
    "Range",
    "Referer",
    "User-Agent",
    "X-Forwarded-For",
    "X-Request-ID",
)
"""Those that this application, its libraries or a browser give a meaning to."""

HEADER_VALUES: Final = (
    DIGITS,
    f"-{DIGITS}",
    str(2**63),
    "NaN",
    "99999999999-01-01",
    "Thu, 01 Jan 99999999999 00:00:00 GMT",
    "Thu, 01 Jan 0000 00:00:00 +9999",
    "Thu, 01 Jan 2026 00:00:00 -999999999999",
    "²\xff\xfe",
    'W/"',
    ",,;q=;=",
    f"bytes=0-{DIGITS}",
    f"text/html;q=nan, application/json;q=1e999, en;q={DIGITS}",
)

JSON_VALUES: Final = (
    DIGITS,
    str(2**63),
    str(2**31),
    "-0.0",
    "1e400",
    "NaN",
    "null",
    "[null]",
    r'"a\u0000b"',
    r'"\ud800"',
    r'{"\ud800": 1}',
    '"99999999999-01-01"',
    '"9999-12-31T23:59:59-14:00"',
    json.dumps(DIGITS),
    "[" * 500 + "]" * 500,
)
"""JSON as text, because some of it is none that Python would write."""

_MARK: Final = "\x01here\x01"
OF_FORMS: Final = ("/signup", "/v1/signups", "/leave/{token}")
"""Routes that read their forms by themselves, so that they name no fields."""

_UNNAMED: Final = (*Signup.model_fields, TRAP, "patience", "wording", "List-Unsubscribe")


def routes_of(app: FastAPI) -> list[tuple[str, str, RouteContext]]:
    """Return every method and address of the application, pages and API alike."""
    found = []
    for context in iter_route_contexts(app.routes):
        methods = sorted((context.methods or set()) - {"HEAD"})
        found += [(method, context.path_format or "", context) for method in methods]
    return found


def names_of(route: Any, place: str) -> list[str]:
    """Return the names of a route's fields in `path`, `query`, `header` or `body`.

    The fields of its dependencies are among them.
    """
    dependant = getattr(route, "dependant", None)
    return sorted(set(_names(dependant, f"{place}_params"))) if dependant else []


def forms_of(route: Any, path: str, values: dict[str, str]) -> Iterator[bytes]:
    """Urlencoded forms, each with one bad field; the others are as `values` has them."""
    names = names_of(route, "body") or (list(_UNNAMED) if path in OF_FORMS else [])
    for name in names:
        rest = urlencode({one: values[one] for one in names if one in values and one != name})
        for bad in (*(quote(text).encode() for text in TEXTS), *BYTES):
            yield f"{rest}&{name}=".encode() + bad
    yield b"&".join(b"%s=1" % quote(text).encode() for text in TEXTS)


def bodies_of(example: Any) -> Iterator[bytes]:
    """Yield the example with each of its values, whole ones too, replaced by each bad one."""
    for template in _templates(example):
        text = json.dumps(template)
        for bad in JSON_VALUES:
            yield text.replace(json.dumps(_MARK), bad).encode()


def queries_of(route: Any) -> Iterator[bytes]:
    """Queries, each with one bad field; `lang` is read beside the routes."""
    beside = ["lang", "unknown"] if route.path == "/" else []
    for name in names_of(route, "query") + beside:
        for bad in (*(quote(text).encode() for text in TEXTS), *BYTES):
            yield f"{name}=".encode() + bad


def paths_of(path: str, there: dict[str, str]) -> Iterator[bytes]:
    """Yield the address with each of its parts replaced by each bad one."""
    for name, known in there.items():
        if f"{{{name}}}" not in path:
            continue
        for bad in (*(quote(text, safe="").encode() for text in TEXTS if text), *BYTES):
            yield filled(path, there | {name: _MARK}).replace(quote(_MARK).encode(), bad)
        for misspelt in (known[:-1], f"{known}=", known.replace(".", "..", 1)):
            yield filled(path, there | {name: misspelt})


def filled(path: str, there: dict[str, str]) -> bytes:
    """Return the address with its parts, percent-encoded."""
    for name, value in there.items():
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    return path.encode()


def header_sets() -> Iterator[dict[str, str]]:
    """Sets of headers in which each of them has each bad value once."""
    for turn in range(len(HEADER_VALUES)):
        yield {
            name: HEADER_VALUES[(place + turn) % len(HEADER_VALUES)]
            for place, name in enumerate(HEADERS)
        }


def _names(dependant: Dependant, place: str) -> Iterator[str]:
    for field in getattr(dependant, place):
        inner = getattr(field.field_info.annotation, "model_fields", None)
        yield from [field.alias] if inner is None else inner
    for one in dependant.dependencies:
        yield from _names(one, place)


def _templates(example: Any) -> Iterator[Any]:
    """Yield the example with a mark in the place of one value, for each of them."""
    yield _MARK
    parts = (
        example.items()
        if isinstance(example, dict)
        else enumerate(example)
        if isinstance(example, list)
        else ()
    )
    for key, value in parts:
        for template in _templates(value):
            copy = dict(example) if isinstance(example, dict) else list(example)
            copy[key] = template
            yield copy
