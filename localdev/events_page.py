"""`make events`: docs/events.md and docs/events.json, from the catalogue of events."""

import json
from pathlib import Path
from typing import Any, Final

from app.models import OutboxKind
from app.webhooks.catalogue import DATA, sample_of

DOCS: Final = Path(__file__).parents[1] / "docs"
PAGE: Final = DOCS / "events.md"
SCHEMAS: Final = DOCS / "events.json"

_HEAD: Final = """# Events

<!-- written by make events -->
What [webhooks](webhooks.md) are told of, kind by kind. Each is a JSON object of `type`, `timestamp`
(when it happened) and `data`; the [JSON Schema](events.json) of all has a definition for each kind.
Ids are public ones, as texts. New kinds and fields may come: receivers ignore what they do not
know. When exactly each is told stands in [the outbox](outbox.md).
"""


def page() -> str:
    """Return the page of all kinds: when each is told, its fields, and an example."""
    parts = [_HEAD]
    for kind, (when, _) in DATA.items():
        schema = schema_of(kind)
        rows = [
            f"| `{name}` | {_type(one)} | {one.get('description', '')} |"
            for name, one in schema["properties"].items()
        ]
        table = "\n".join(["| field | type | what it is |", "|---|---|---|", *rows])
        example = json.dumps(
            {
                "type": kind.value,
                "timestamp": "2026-04-28T05:00:00.000000Z",
                "data": sample_of(kind),
            },
            indent=2,
            ensure_ascii=False,
        )
        parts.append(f"\n## `{kind.value}`\n{when}\n\n{table}\n\n```json\n{example}\n```\n")
    return "".join(parts)


def schemas() -> str:
    """Return the JSON Schema of everything that is told, a definition for each kind."""
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What Devoured tells webhooks",
        "oneOf": [{"$ref": f"#/$defs/{kind.value}"} for kind in DATA],
        "$defs": {kind.value: _envelope(kind, when) for kind, (when, _) in DATA.items()},
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def schema_of(kind: OutboxKind) -> dict[str, Any]:
    """Return the JSON Schema of the data of one kind, without references."""
    schema = DATA[kind][1].model_json_schema(mode="serialization")
    known = schema.pop("$defs", {})
    found: dict[str, Any] = _inline(schema, known)
    found.pop("title", None)
    return found


def _envelope(kind: OutboxKind, when: str) -> dict[str, Any]:
    return {
        "description": when,
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": {"const": kind.value},
            "timestamp": {"type": "string", "format": "date-time"},
            "data": schema_of(kind) | {"additionalProperties": True},
        },
    }


def _inline(node: Any, known: dict[str, Any]) -> Any:
    """Return a schema with what it refers to in its place; descriptions of ours stay."""
    if isinstance(node, list):
        return [_inline(one, known) for one in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        target = known[node["$ref"].rpartition("/")[2]]
        bare = {name: one for name, one in target.items() if name not in {"title", "description"}}
        own = {name: one for name, one in node.items() if name != "$ref"}
        return _inline(bare | own, known)
    return {
        name: _inline(one, known)
        for name, one in node.items()
        if name != "title" or not isinstance(one, str)
    }


def _type(field: dict[str, Any]) -> str:
    """Return what a field holds, in a few words."""
    if "enum" in field:
        return " · ".join(f"`{one}`" for one in field["enum"])
    if "anyOf" in field:
        return " or ".join(_type(one) for one in field["anyOf"])
    if field.get("type") == "array":
        return f"list of {_type(field['items'])}"
    return str(field.get("format") or field.get("type", ""))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    SCHEMAS.write_text(schemas(), encoding="utf-8")
