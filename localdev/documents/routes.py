"""The page of every route of the API, from docs/openapi.json."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

_HEAD: Final = """\
# Routes of the API

From [`openapi.json`](openapi.json), which has every field and every answer; each installation shows
it at `/docs`, where it can be tried. [Clients](clients.md) are made from it. The scope is what a
key needs (`devoured keys new NAME --scope SCOPE`).
"""


def page(document: Path) -> str:
    """Return the page: a table of routes for each subject, in the document's order."""
    read: dict[str, Any] = json.loads(document.read_text("utf-8"))
    rows: dict[str, list[str]] = defaultdict(list)
    for path, operations in read["paths"].items():
        for method, operation in operations.items():
            rows[operation["tags"][0]].append(
                f"| `{method.upper()} {path}` | {operation['summary']} | {_scope(operation)} |"
            )
    parts = [_HEAD]
    for tag in read["tags"]:
        table = "\n".join(["| route | what it does | scope |", "|---|---|---|", *rows[tag["name"]]])
        parts.append(f"## {tag['name'].capitalize()}\n\n{tag.get('description', '')}\n\n{table}\n")
    return "\n".join(parts)


def _scope(operation: dict[str, Any]) -> str:
    """Return the scopes that are named, or that anybody may ask."""
    needed = [scope for one in operation.get("security", ()) for scope in one.get("api_key", ())]
    return ", ".join(f"`{scope}`" for scope in needed) or "anybody"
