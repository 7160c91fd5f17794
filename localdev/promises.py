"""What the API's document promised at the last release, and what of it the present one breaks.

docs/versioning.md says what stays within a version. `python -m localdev.promises` keeps the present
document as what is promised from now on: a part of each release. It is kept without sentences,
samples and limits, none of which is promised. Limits may become narrower, so that `pattern`,
lengths and ranges are not compared.
"""

import gzip
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from app.cli.output import note
from app.clock import system_clock
from localdev.shapes import Document, breaks_in, resolved

_ROOT: Final = Path(__file__).parents[1]
PROMISED: Final = _ROOT / "tests" / "api" / "promised.json.gz"
_DOCUMENT: Final = _ROOT / "docs" / "openapi.json"

ACCEPTED: Final[Mapping[str, str]] = {}
"""What is broken on purpose, in the words of `broken`, and why: a fault that gave away what it must
not, said in the change log. It is taken out with the next release, which promises it no more."""

_METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_SAID: Final = frozenset(
    {"default", "description", "example", "examples", "externalDocs", "info", "servers"}
    | {"maxItems", "maxLength", "maximum", "minItems", "minLength", "minimum", "pattern"}
    | {"summary", "tags", "title"}
)
"""Keywords that promise nothing: sentences for people, and limits."""

_NAMES: Final = frozenset({"properties", "schemas", "headers", "paths", "responses"})
"""Below these stand names of ours, which may be spelt as a keyword is."""


@dataclass(frozen=True)
class _Both:
    """The two documents, and the day on which they are compared."""

    before: Document
    now: Document
    today: date
    found: list[str] = field(default_factory=list)
    _known: dict[tuple[str, str, bool], list[str]] = field(default_factory=dict)

    def compare(self, place: str, before: Any, now: Any, *, is_answer: bool) -> None:
        """Note what breaks between two schemas, each of which may not be there."""
        key = repr(before), repr(now), is_answer
        if key not in self._known:
            found = breaks_in(self.before, before, self.now, now, self.today, is_answer=is_answer)
            self._known[key] = list(found)
        self.found.extend(f"{place}{one}" for one in self._known[key])


def broken(before: Document, now: Document, today: date) -> list[str]:
    """Return what of the document of `before` is broken in that of `now`, a sentence each.

    What had been said to end, by `x-sunset` of an operation, a parameter or a field, may be gone
    from that day on.
    """
    both = _Both(before, now, today)
    for path, method, operation in _operations(before):
        place = f"{method.upper()} {path}"
        if is_over(operation, today):
            continue
        present = now["paths"].get(path, {}).get(method)
        if present is None:
            both.found.append(f"{place} is gone")
        else:
            _compare_operations(both, place, operation, present)
    codes = {*before["components"].get("examples", ())}
    gone = sorted(codes - {*now["components"].get("examples", ())})
    return [*dict.fromkeys([*both.found, *(f"the problem {code} is gone" for code in gone)])]


def is_over(thing: Mapping[str, Any], today: date) -> bool:
    """Return whether it was deprecated, and the day until which it stays has come."""
    sunset = thing.get("x-sunset")
    return bool(thing.get("deprecated")) and sunset is not None and sunset <= today.isoformat()


def promised(document: Document) -> Document:
    """Return the document without what promises nothing."""
    kept: Document = _without(document, are_names=False)
    codes = document["components"].get("examples", ())
    kept["components"]["examples"] = {code: {} for code in codes}
    kept["paths"] = {
        path: {method: one for method, one in item.items() if method in _METHODS}
        for path, item in kept["paths"].items()
    }
    return kept


def read_promised() -> Document:
    """Return what the last release promised."""
    read: Document = json.loads(gzip.decompress(PROMISED.read_bytes()))
    return read


def read_present() -> Document:
    """Return the document as it is now."""
    read: Document = json.loads(_DOCUMENT.read_text("utf-8"))
    return read


def _operations(document: Document) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                yield path, method, item[method]


def _compare_operations(
    both: _Both, place: str, before: dict[str, Any], now: dict[str, Any]
) -> None:
    if before.get("operationId") != now.get("operationId"):
        both.found.append(f"{place} has another operation id")
    if new := _scopes(now) - _scopes(before):
        both.found.append(f"{place} needs {', '.join(sorted(new))}")
    _compare_parameters(both, place, before, now)
    _compare_bodies(both, f"{place}, the body", before.get("requestBody"), now.get("requestBody"))
    for status, answer in before.get("responses", {}).items():
        present = now.get("responses", {}).get(status)
        if present is not None:
            _compare_answers(both, f"{place}, the answer {status}", answer, present)
        elif status.startswith(("2", "3")):
            both.found.append(f"{place} answers {status} no more")


def _scopes(operation: dict[str, Any]) -> set[str]:
    """Return what a caller must have: a key of some kind, and its scopes."""
    needed = operation.get("security", [])
    if {} in needed:
        return set()
    return {word for one in needed for key, scopes in one.items() for word in (key, *scopes)}


def _compare_parameters(
    both: _Both, place: str, before: dict[str, Any], now: dict[str, Any]
) -> None:
    old, new = _parameters(both.before, before), _parameters(both.now, now)
    for key, one in old.items():
        if is_over(one, both.today):
            continue
        where = f"{place}, {key[0]} {key[1]}"
        if key not in new:
            both.found.append(f"{where} is gone")
            continue
        if new[key].get("required") and not one.get("required"):
            both.found.append(f"{where} is required")
        both.compare(where, one.get("schema"), new[key].get("schema"), is_answer=False)
    for where, name in new.keys() - old.keys():
        if new[where, name].get("required"):
            both.found.append(f"{place}, {where} {name} is new and required")


def _parameters(document: Document, operation: dict[str, Any]) -> dict[tuple[str, str], Any]:
    found = [resolved(document, one) for one in operation.get("parameters", ())]
    return {(one["in"], one["name"]): one for one in found}


def _compare_bodies(both: _Both, place: str, before: Any, now: Any) -> None:
    before, now = resolved(both.before, before or {}), resolved(both.now, now or {})
    if now.get("required") and not before.get("required"):
        both.found.append(f"{place} is required")
    _compare_content(both, place, before, now, is_answer=False)


def _compare_answers(both: _Both, place: str, before: Any, now: Any) -> None:
    before, now = resolved(both.before, before), resolved(both.now, now)
    gone = before.get("headers", {}).keys() - now.get("headers", {}).keys()
    both.found.extend(f"{place}, header {name} is gone" for name in sorted(gone))
    _compare_content(both, place, before, now, is_answer=True)


def _compare_content(
    both: _Both, place: str, before: dict[str, Any], now: dict[str, Any], *, is_answer: bool
) -> None:
    for kind, content in before.get("content", {}).items():
        present = now.get("content", {}).get(kind)
        if present is None:
            both.found.append(f"{place} as {kind} is gone")
        else:
            both.compare(place, content.get("schema"), present.get("schema"), is_answer=is_answer)


def _without(value: Any, *, are_names: bool) -> Any:
    """Return it without what promises nothing; names of ours are kept, however they are spelt."""
    if isinstance(value, list):
        return [_without(one, are_names=False) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _without(one, are_names=not are_names and key in _NAMES)
        for key, one in value.items()
        if are_names or key not in _SAID
    }


def _keep() -> None:
    """Write down the present document as what is promised, unless it breaks what was promised."""
    present = promised(read_present())
    today = system_clock().date()
    if PROMISED.exists() and (
        wrong := [one for one in broken(read_promised(), present, today) if one not in ACCEPTED]
    ):
        sys.exit("\n".join(["What was promised is broken:", *wrong]))
    text = json.dumps(present, sort_keys=True, separators=(",", ":"))
    PROMISED.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    note(f"{PROMISED.name} holds {len(present['paths'])} addresses.")


if __name__ == "__main__":
    _keep()
