"""The document says what the application does, and the repository holds that very document."""

from pathlib import Path
from typing import Any

import pytest

from app.api.openapi import openapi_json, operations
from app.main import bare_app

DOCUMENT: dict[str, Any] = bare_app().openapi()


def test_document_in_the_repository_is_the_applications() -> None:
    kept = Path(__file__).parents[2] / "docs" / "openapi.json"
    assert kept.read_text("utf-8") == openapi_json(bare_app()), "run `make openapi`"


def test_every_operation_is_described_and_its_errors_are_ours() -> None:
    for operation in operations(DOCUMENT):
        name = operation["operationId"]
        assert operation["summary"].endswith("."), name
        assert len(operation["tags"]) == 1, name
        assert {"500", "503"} <= operation["responses"].keys(), name
        for status, answer in operation["responses"].items():
            if status >= "400":
                assert list(answer["content"]) == ["application/problem+json"], name
    assert "HTTPValidationError" not in DOCUMENT["components"]["schemas"]


def test_every_operation_names_the_problems_that_its_parts_bring() -> None:
    of_header = {"If-Match": {"412"}, "Idempotency-Key": {"409"}}
    for operation in operations(DOCUMENT):
        expected = {"401", "403"} if operation["security"] else set()
        for one in operation.get("parameters", ()):
            expected |= {"422"} | ({"404"} if one["in"] == "path" else set())
            expected |= of_header.get(one["name"], set())
        if "application/json" in operation.get("requestBody", {}).get("content", {}):
            expected |= {"413"}
        assert expected <= operation["responses"].keys(), operation["operationId"]


def test_every_tag_is_described() -> None:
    described = {tag["name"] for tag in DOCUMENT["tags"]}
    assert {tag for each in operations(DOCUMENT) for tag in each["tags"]} == described


def test_every_body_and_answer_has_an_example() -> None:
    for operation in operations(DOCUMENT):
        bodies = operation.get("requestBody", {}).get("content", {})
        good = [answer for status, answer in operation["responses"].items() if status < "300"]
        contents = [bodies, *(answer.get("content", {}) for answer in good)]
        for content in contents:
            for kind, media in content.items():
                if kind == "application/json" and "schema" in media:
                    assert _examples(media), (operation["operationId"], kind)


@pytest.mark.parametrize("name", sorted(DOCUMENT["components"]["schemas"]))
def test_every_reference_leads_somewhere(name: str) -> None:
    for reference in _references(DOCUMENT["components"]["schemas"][name]):
        assert reference.rpartition("/")[2] in DOCUMENT["components"]["schemas"]


def _examples(media: dict[str, Any]) -> list[Any]:
    schema = media["schema"]
    for choice in schema.get("anyOf", ()):
        schema = choice if "$ref" in choice else schema
    name = schema.get("$ref", "").rpartition("/")[2]
    bare = DOCUMENT["components"]["schemas"].get(name, schema)
    return [*bare.get("examples", ()), *([media["example"]] if "example" in media else [])]


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [found for each in value.values() for found in _references(each)]
    if isinstance(value, list):
        return [found for each in value for found in _references(each)]
    return []
