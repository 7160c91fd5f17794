"""What a JSON Schema lets a value be, and what breaks between two of them; pure.

Alternatives (`anyOf`, `oneOf`) count together: a field is there if it is in any of those that are
objects, and needed if it is in all.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypeAlias

Document: TypeAlias = dict[str, Any]

_CONTENT: Final = "[]"
_ANY_NAME: Final = "*"
_KINDS: Final = frozenset({"object", "array", "string", "number", "integer", "boolean", "null"})


@dataclass(frozen=True)
class _Shape:
    """What a value may be: its types, its words where they are listed, and what is in it."""

    types: frozenset[str]
    formats: frozenset[str]
    words: frozenset[str] | None
    parts: Mapping[str, Sequence[Any]]
    needed: frozenset[str]


def resolved(document: Document, thing: Any) -> Any:
    """Return what a `$ref` stands for, with what is said beside it."""
    seen = thing
    while isinstance(seen, dict) and "$ref" in seen:
        beside = {key: one for key, one in seen.items() if key != "$ref"}
        found: Any = document
        for step in seen["$ref"].removeprefix("#/").split("/"):
            found = found[step.replace("~1", "/").replace("~0", "~")]
        seen = {**found, **beside}
    return seen


def breaks_in(
    old: Document, before: Any, new: Document, now: Any, today: date, *, is_answer: bool
) -> Iterator[str]:
    """Yield what breaks between two schemas, each with its place in them.

    An answer may have more fields and words, and lose none; what is sent may be less, and a type
    or a field that was taken is taken. A field whose `x-sunset` has come by `today` may be gone.
    """
    yield from _Walk(old, new, today, is_answer).compare("", [before], [now], ())


@dataclass(frozen=True)
class _Walk:
    old: Document
    new: Document
    today: date
    is_answer: bool

    def compare(
        self, place: str, before: Sequence[Any], now: Sequence[Any], above: tuple[str, ...]
    ) -> Iterator[str]:
        """Yield what breaks here and below; a schema within itself is looked at once."""
        if (key := repr((before, now))) in above:
            return
        was, is_ = _shape(self.old, before), _shape(self.new, now)
        yield from self._values(place, was, is_)
        yield from self._fields(place, was, is_)
        for name in sorted(was.parts.keys() & is_.parts.keys()):
            within = place + (name if name == _CONTENT else f".{name}")
            yield from self.compare(within, was.parts[name], is_.parts[name], (*above, key))

    def _values(self, place: str, was: _Shape, is_: _Shape) -> Iterator[str]:
        gone, come = was.types - is_.types, is_.types - was.types
        if gone and not (self.is_answer and gone == {"null"}):
            yield f"{place} is {_listed(gone)} no more"
        if come and self.is_answer:
            yield f"{place} may be {_listed(come)}"
        if was.types == is_.types and was.formats != is_.formats:
            yield f"{place} is of another format"
        if is_.words is not None and was.words is None and not self.is_answer:
            yield f"{place} takes listed words alone"
        if was.words is not None and is_.words is not None and was.words - is_.words:
            yield f"{place} lacks {_listed(was.words - is_.words)}"

    def _fields(self, place: str, was: _Shape, is_: _Shape) -> Iterator[str]:
        for name in sorted(was.parts.keys() - is_.parts.keys()):
            if not self._is_over(was.parts[name]):
                yield f"{place}.{name} is gone"
        if self.is_answer:
            for name in sorted(was.needed - is_.needed):
                if name in is_.parts:
                    yield f"{place}.{name} may be left out"
        else:
            for name in sorted(is_.needed - was.needed):
                yield f"{place}.{name} is required"

    def _is_over(self, schemas: Sequence[Any]) -> bool:
        found = [resolved(self.old, one) for one in schemas]
        return all(
            one.get("deprecated") and one.get("x-sunset", "9") <= self.today.isoformat()
            for one in found
        )


def _shape(document: Document, schemas: Sequence[Any]) -> _Shape:
    """Return what any of these schemas lets a value be."""
    flat = [one for schema in schemas for one in _alternatives(document, schema)]
    objects = [one for one in flat if "object" in _types(one)]
    parts: dict[str, list[Any]] = {}
    for one in flat:
        for name, part in _parts(one):
            if part not in parts.setdefault(name, []):
                parts[name].append(part)
    listed = [words for one in flat if (words := _words(one)) is not None]
    open_ = any("string" in _types(one) and _words(one) is None for one in flat)
    needed = [frozenset(one.get("required", ())) for one in objects]
    return _Shape(
        types=frozenset().union(*(_types(one) for one in flat)),
        formats=frozenset(one["format"] for one in flat if "format" in one),
        words=None if open_ or not listed else frozenset().union(*listed),
        parts=parts,
        needed=frozenset.intersection(*needed) if needed else frozenset(),
    )


def _alternatives(document: Document, schema: Any) -> Iterator[dict[str, Any]]:
    """Yield the schemas any of which a value may be of; none where nothing is said."""
    found = resolved(document, schema)
    if not isinstance(found, dict):
        return
    several = [*found.get("anyOf", ()), *found.get("oneOf", ())]
    if not several:
        yield found
    for one in several:
        yield from _alternatives(document, one)


def _types(schema: dict[str, Any]) -> frozenset[str]:
    """Return the types of a value; all of them where none is said."""
    said = schema.get("type")
    if said is not None:
        return frozenset([said] if isinstance(said, str) else said)
    return frozenset() if _words(schema) else _KINDS


def _words(schema: dict[str, Any]) -> frozenset[str] | None:
    listed = [schema["const"]] if "const" in schema else schema.get("enum")
    return None if listed is None else frozenset(map(str, listed))


def _parts(schema: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    yield from schema.get("properties", {}).items()
    if isinstance(schema.get("items"), dict):
        yield _CONTENT, schema["items"]
    if isinstance(schema.get("additionalProperties"), dict):
        yield _ANY_NAME, schema["additionalProperties"]


def _listed(words: frozenset[str]) -> str:
    return ", ".join(sorted(words))
