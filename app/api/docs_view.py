"""The OpenAPI document as the page of documentation shows it: resolved, worded, with curl lines."""

import html
import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from markdown_it import MarkdownIt

Node = Mapping[str, Any]

_SAMPLE_KEY: Final = "$DEVOURED_KEY"


@dataclass(frozen=True)
class FieldView:
    """One parameter, or one field of a body; `kind` and `detail` are HTML."""

    name: str
    kind: str
    place: str
    required: bool
    detail: str


@dataclass(frozen=True)
class AnswerView:
    """One status that an operation may answer."""

    status: str
    phrase: str
    media_types: str
    codes: Sequence[str]
    example: str


@dataclass(frozen=True)
class OperationView:
    """One method of one address; `detail` is HTML."""

    anchor: str
    method: str
    path: str
    summary: str
    detail: str
    scope: str
    parameters: Sequence[FieldView]
    body_types: str
    body_fields: Sequence[FieldView]
    answer_fields: Sequence[FieldView]
    curl: str
    answers: Sequence[AnswerView]


@dataclass(frozen=True)
class ShapeView:
    """An object that others hold; `detail` is HTML."""

    name: str
    detail: str
    fields: Sequence[FieldView]


@dataclass(frozen=True)
class TagView:
    """A group of operations; `detail` is HTML."""

    name: str
    detail: str
    operations: Sequence[OperationView]


def tag_views(document: Node, base_url: str) -> list[TagView]:
    """Every tag with its operations, in the document's order."""
    return [
        TagView(tag["name"], prose(tag["description"]), list(_tagged(document, tag, base_url)))
        for tag in document["tags"]
    ]


def shape_views(document: Node) -> list[ShapeView]:
    """Every object that fields refer to by name, sorted."""
    return [
        ShapeView(name, phrase(schema.get("description", "")), _fields(document, schema))
        for name, schema in sorted(document["components"]["schemas"].items())
        if schema.get("properties")
    ]


def prose(text: str) -> str:
    """A description, written in Markdown, as HTML; HTML in it is text."""
    return str(MarkdownIt("commonmark", {"html": False}).render(text))


def phrase(text: str) -> str:
    """As `prose`, for a single sentence: no paragraph around it."""
    return str(MarkdownIt("commonmark", {"html": False}).renderInline(text))


def _tagged(document: Node, tag: Node, base_url: str) -> Iterator[OperationView]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if tag["name"] in operation.get("tags", ()):
                yield _operation(document, method, path, operation, base_url)


def _operation(
    document: Node, method: str, path: str, operation: Node, base_url: str
) -> OperationView:
    bodies = operation.get("requestBody", {}).get("content", {})
    return OperationView(
        anchor=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"].removesuffix("."),
        detail=prose(operation.get("description", "")),
        scope=next((s for each in operation.get("security", ()) for s in each["api_key"]), ""),
        parameters=[_parameter(document, each) for each in operation.get("parameters", ())],
        body_types=", ".join(bodies),
        body_fields=_fields_of(document, bodies),
        answer_fields=_fields_of(document, _good(operation).get("content", {})),
        curl=_curl(document, method, path, operation, base_url),
        answers=[_answer(document, *each) for each in sorted(operation["responses"].items())],
    )


def _parameter(document: Node, parameter: Node) -> FieldView:
    return FieldView(
        name=parameter["name"],
        kind=_kind(document, parameter.get("schema", {})).removesuffix(" or null"),
        place=parameter["in"],
        required=parameter.get("required", False),
        detail=phrase(parameter.get("description", "")),
    )


def _fields_of(document: Node, content: Node) -> list[FieldView]:
    """The fields of the first media type whose schema has any."""
    for media in content.values():
        schema = _bare(document, media.get("schema", {}))
        if schema.get("properties"):
            return _fields(document, schema)
    return []


def _fields(document: Node, schema: Node) -> list[FieldView]:
    needed = schema.get("required", ())
    return [
        FieldView(
            name=name,
            kind=_kind(document, field),
            place="",
            required=name in needed,
            detail=phrase(_said(document, field)),
        )
        for name, field in schema["properties"].items()
    ]


def _answer(document: Node, status: str, answer: Node) -> AnswerView:
    content = answer.get("content", {})
    codes = [code for media in content.values() for code in media.get("examples", {})]
    shown = next((_example(document, media) for media in content.values()), None)
    return AnswerView(
        status=status,
        phrase=answer["description"],
        media_types=", ".join(content),
        codes=codes,
        example="" if codes or shown is None else _pretty(shown),
    )


def _curl(document: Node, method: str, path: str, operation: Node, base_url: str) -> str:
    """A line to paste, its values those of the examples."""
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path":
            value = parameter.get("schema", {}).get("examples", ["1"])[0]
            path = path.replace(f"{{{parameter['name']}}}", str(value))
    plain = method == "get" or (method == "post" and "requestBody" in operation)
    words = [f"curl {'' if plain else f'-X {method.upper()} '}{shlex.quote(base_url + path)}"]
    if operation.get("security"):
        words.append(f'-H "Authorization: Bearer {_SAMPLE_KEY}"')
    for kind, media in list(operation.get("requestBody", {}).get("content", {}).items())[:1]:
        words.append(f"-H 'Content-Type: {kind}'")
        example = _example(document, media)
        said = "@digest.txt" if isinstance(example, str) else json.dumps(example)
        words.append(f"--data-binary {shlex.quote(said)}")
    return " \\\n  ".join(words)


def _good(operation: Node) -> Node:
    """The answer of success."""
    return next((answer for status, answer in operation["responses"].items() if status < "300"), {})


def _example(document: Node, media: Node) -> Any:
    if "example" in media:
        return media["example"]
    return next(iter(_bare(document, media.get("schema", {})).get("examples", ())), None)


def _pretty(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, indent=2, ensure_ascii=False)


def _kind(document: Node, schema: Node) -> str:
    """A type in a few words, as `text or null` or `list of StoryOut`; HTML."""
    name = schema.get("$ref", "").rpartition("/")[2]
    bare = _bare(document, schema)
    choices = bare.get("anyOf", ())
    if choices:
        return " or ".join(_kind(document, choice) for choice in choices)
    if "enum" in bare:
        return " · ".join(html.escape(str(value)) for value in bare["enum"])
    kind = bare.get("type", "anything")
    if kind == "array":
        return f"list of {_kind(document, bare.get('items', {}))}"
    if kind == "object" and name:
        return f'<a href="#shape-{name}">{name}</a>'
    words = {"string": "text", "integer": "number", "boolean": "true or false"}
    return str(bare.get("format", words.get(kind, kind)))


def _said(document: Node, schema: Node) -> str:
    return str(schema.get("description") or _bare(document, schema).get("description", ""))


def _bare(document: Node, schema: Node) -> Node:
    """The schema itself where this only refers to it."""
    name = schema.get("$ref", "").rpartition("/")[2]
    found: Node = document["components"]["schemas"][name] if name else schema
    return found
