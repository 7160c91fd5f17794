"""Tolerant JSON: what a provider sends, read as far as it can be read.

SES copies texts of strangers into its events (a feedback report's user agent, a diagnostic code),
so half a surrogate pair, NaN or a thousand brackets may stand in the event of a real complaint.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

import orjson

MAX_DEPTH: Final = 100
"""Levels that are read; SES's own events have six, and what is deeper becomes None."""

_MAX_DIGITS: Final = 30
_OPEN: Final = "[{"
_CLOSE: Final = "]}"


def read_json(text: str) -> Any:
    """Return the value of a JSON text, with what cannot be read replaced.

    Half a surrogate pair becomes `?`, NaN, infinities and numbers of more than 30 digits become
    None, control characters in strings are taken, and so is what nests deeper than `MAX_DEPTH`,
    as None. The quick and strict parser is asked first.

    Raises:
        ValueError: it is no JSON.
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        pass
    decoder = json.JSONDecoder(strict=False, parse_constant=_nothing, parse_int=_int)
    return _whole(decoder.decode(_shallow(text)))


def mapping(value: object) -> Mapping[str, Any]:
    """Return an object of JSON; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def mappings(value: object) -> list[Mapping[str, Any]]:
    """Return the objects of a JSON list; none for anything else."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _nothing(_constant: str) -> None:
    """Read NaN and the infinities, which are no JSON, as nothing."""


def _int(digits: str) -> int | None:
    return int(digits) if len(digits) <= _MAX_DIGITS else None


def _whole(value: Any) -> Any:
    """Replace half surrogates in every text; the depth is bounded by `_shallow`."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode(errors="replace").decode()
    if isinstance(value, list):
        return [_whole(one) for one in value]
    if isinstance(value, dict):
        return {_whole(name): _whole(one) for name, one in value.items()}
    return value


def _shallow(text: str) -> str:
    """Write `null` for each array or object below `MAX_DEPTH`."""
    kept: list[str] = []
    depth, start, is_string, is_escaped = 0, 0, False, False
    for place, character in enumerate(text):
        if is_string:
            is_string = is_escaped or character != '"'
            is_escaped = character == "\\" and not is_escaped
        elif character == '"':
            is_string = True
        elif character in _OPEN:
            depth += 1
            if depth == MAX_DEPTH + 1:
                kept += (text[start:place], "null")
        elif character in _CLOSE:
            if depth == MAX_DEPTH + 1:
                start = place + 1
            depth -= 1
    if depth > MAX_DEPTH:
        raise ValueError("not closed")
    return "".join((*kept, text[start:]))
