"""The document passes what the public linters of OpenAPI ask; `redocly lint` finds no error in it.

The rules are those of Redocly's recommended set, and the specification's own schema.
Source: https://redocly.com/docs/cli/rules/built-in-rules and OpenAPI 3.1.
"""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from app.api.openapi import operations
from app.main import bare_app

DOCUMENT: dict[str, Any] = bare_app().openapi()
OPEN = {"sign_up_reader", "make_challenge", "take_event", "check_health"}
"""Operations that need no key."""


def _examples() -> Iterator[tuple[str, Any, Any]]:
    """Yield where an example stands, its schema, and the example."""
    for name, schema in DOCUMENT["components"]["schemas"].items():
        yield from _of_schema(name, schema)
    for operation in operations(DOCUMENT):
        where = operation["operationId"]
        for parameter in operation.get("parameters", ()):
            yield from _of_schema(f"{where} {parameter['name']}", parameter["schema"])
        bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
        for media in [media for body in bodies for media in body.get("content", {}).values()]:
            yield from _of_media(where, media)


def _of_schema(where: str, schema: Any) -> Iterator[tuple[str, Any, Any]]:
    if not isinstance(schema, dict):
        return
    for example in schema.get("examples", ()):
        yield where, schema, example
    if "default" in schema:
        yield where, schema, schema["default"]
    for name, field in schema.get("properties", {}).items():
        yield from _of_schema(f"{where}/{name}", field)
    for place in ("items", "additionalProperties", "contentSchema"):
        yield from _of_schema(f"{where}/{place}", schema.get(place))
    for choice in [*schema.get("anyOf", ()), *schema.get("oneOf", ())]:
        yield from _of_schema(where, choice)


def _of_media(where: str, media: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    schema = media["schema"]
    if "example" in media:
        yield where, schema, media["example"]
    for name, shown in media.get("examples", {}).items():
        yield f"{where} {name}", schema, _found(shown)["value"]
    yield from _of_schema(where, schema)


def _validator(schema: dict[str, Any]) -> Draft202012Validator:
    whole = {**schema, "components": DOCUMENT["components"]}
    return Draft202012Validator(whole, validate_formats=True)


def _found(value: dict[str, Any]) -> Any:
    """Return what a reference within the document leads to, or the value itself."""
    found: Any = value
    for name in value.get("$ref", "").split("/")[1:]:
        found = (DOCUMENT if found is value else found)[name]
    return found


def test_document_is_valid_openapi_and_knows_no_field_of_a_later_version() -> None:
    newer = {"content": {"text/event-stream": {"itemSchema": {"type": "object"}}}}
    answers = {"responses": {"200": {"description": "Done.", **newer}}}

    assert DOCUMENT["openapi"].startswith("3.1.")
    assert not OPENAPI_31_VALIDATOR.is_valid({**DOCUMENT, "paths": {"/": {"get": answers}}})
    assert [error.message for error in OPENAPI_31_VALIDATOR.iter_errors(DOCUMENT)] == []


def test_every_example_and_default_fits_its_schema() -> None:
    told = list(_examples())
    wrong = [
        f"{where}: {error.message}"
        for where, schema, example in told
        for error in _validator(schema).iter_errors(example)
    ]

    assert len(told) > 200
    assert wrong == []


@pytest.mark.parametrize("change", [{"issued_on": 7}, {"state": "lost"}, {"revision": None}])
def test_an_example_that_does_not_fit_is_found(change: dict[str, Any]) -> None:
    schema = DOCUMENT["components"]["schemas"]["IssueOut"]
    (example,) = schema["examples"]

    assert _validator(schema).is_valid(example)
    assert not _validator(schema).is_valid({**example, **change})


def test_every_operation_says_who_may_ask() -> None:
    schemes = DOCUMENT["components"]["securitySchemes"]
    for operation in operations(DOCUMENT):
        asked = operation["security"]
        assert (asked == []) == (operation["operationId"] in OPEN), operation["operationId"]
        assert all(name in schemes for one in asked for name in one)


def test_every_operation_has_an_id_of_its_own_that_is_a_name() -> None:
    ids = Counter(operation["operationId"] for operation in operations(DOCUMENT))
    assert [name for name, n in ids.items() if n > 1] == []
    assert [name for name in ids if not re.fullmatch(r"[a-z][a-z0-9_]*", name)] == []


def test_every_operation_tells_of_an_answer_that_is_good_and_of_one_that_is_the_askers_fault() -> (
    None
):
    for operation in operations(DOCUMENT):
        kinds = {status[0] for status in operation["responses"]}
        assert {"2", "4"} <= kinds, operation["operationId"]


def test_servers_are_named_without_a_host_of_somebody_else() -> None:
    (server,) = DOCUMENT["servers"]
    assert server["url"] == "/"
    assert server["description"]


def test_no_address_is_of_two_paths_of_which_neither_is_the_plainer() -> None:
    paths = [path.split("/") for path in DOCUMENT["paths"]]
    pairs = [(a, b) for a, b in combinations(paths, 2) if len(a) == len(b)]
    assert [pair for pair in pairs if _is_ambiguous(*pair)] == []
    for path in DOCUMENT["paths"]:
        assert "?" not in path
        assert not path.endswith("/")


def _is_ambiguous(one: list[str], other: list[str]) -> bool:
    kinds = [(a[:1] == "{", b[:1] == "{", a == b) for a, b in zip(one, other, strict=True)]
    both = all(a or b or same for a, b, same in kinds)
    plainer = any(a and not b for a, b, _ in kinds) != any(b and not a for a, b, _ in kinds)
    return both and not plainer


def test_parameters_of_paths_are_those_that_are_described() -> None:
    for path, methods in DOCUMENT["paths"].items():
        for operation in methods.values():
            described = [p["name"] for p in operation.get("parameters", ()) if p["in"] == "path"]
            assert sorted(described) == sorted(re.findall(r"\{([^}]+)\}", path)), path
            assert len(described) == len(set(described))


def test_models_have_names_of_their_own() -> None:
    """Two of one name come out as `app__api__…`, and generators make one class of both."""
    assert [name for name in DOCUMENT["components"]["schemas"] if "__" in name] == []


def test_every_component_is_used() -> None:
    used = set(_references({k: v for k, v in DOCUMENT.items() if k != "components"}))
    found: set[str] = set()
    while used - found:
        name = (used - found).pop()
        found.add(name)
        used |= set(_references(_found({"$ref": name})))
    there = {
        f"#/components/{kind}/{name}"
        for kind, parts in DOCUMENT["components"].items()
        for name in parts
        if kind != "securitySchemes"
    }
    assert there == found


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for each in value.values():
            yield from _references(each)
    if isinstance(value, list):
        for each in value:
            yield from _references(each)
