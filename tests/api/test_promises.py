"""The API's document breaks nothing that the last release promised (docs/versioning.md)."""

from collections.abc import Callable
from copy import deepcopy
from datetime import date
from typing import Any

import pytest

from app.clock import system_clock
from localdev.promises import ACCEPTED, broken, promised, read_present, read_promised
from localdev.shapes import Document

TODAY = date(2027, 1, 1)
DOCUMENT: Document = {
    "paths": {
        "/v1/things": {
            "get": {
                "operationId": "list_things",
                "security": [{"api_key": ["read"]}],
                "parameters": [
                    {"in": "query", "name": "kind", "required": False, "schema": {"type": "string"}}
                ],
                "responses": {
                    "200": {
                        "headers": {"ETag": {"schema": {"type": "string"}}},
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "array",
                                    "items": {"$ref": "#/components/schemas/Thing"},
                                }
                            }
                        },
                    }
                },
            },
            "post": {
                "operationId": "make_thing",
                "requestBody": {
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Draft"}}
                    }
                },
                "responses": {"201": {"description": "Made."}},
            },
        }
    },
    "components": {
        "schemas": {
            "Thing": {
                "type": "object",
                "required": ["id", "state"],
                "properties": {
                    "id": {"type": "integer"},
                    "state": {"enum": ["new", "old"], "type": "string"},
                    "at": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]},
                    "within": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}},
                },
            },
            "Draft": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string", "maxLength": 100},
                    "size": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
                    "state": {"enum": ["new", "old"], "type": "string"},
                },
            },
        },
        "examples": {"not_found": {}},
    },
}


class Change:
    """The document, whose parts a test changes."""

    def __init__(self) -> None:
        self.document = deepcopy(DOCUMENT)
        self.things = self.document["paths"]["/v1/things"]
        self.listed, self.made = self.things["get"], self.things["post"]
        schemas = self.document["components"]["schemas"]
        self.thing, self.draft = schemas["Thing"], schemas["Draft"]
        self.kind: dict[str, Any] = self.listed["parameters"][0]
        self.of_thing, self.of_draft = self.thing["properties"], self.draft["properties"]


def _required(name: str) -> dict[str, Any]:
    return {"in": "query", "name": name, "required": True, "schema": {"type": "string"}}


BREAKING: dict[str, Callable[[Change], Any]] = {
    "GET /v1/things is gone": lambda at: at.document["paths"].clear(),
    "POST /v1/things is gone": lambda at: at.things.pop("post"),
    "has another operation id": lambda at: at.made.update(operationId="create"),
    "needs people": lambda at: at.listed.update(security=[{"api_key": ["read", "people"]}]),
    "POST /v1/things needs api_key": lambda at: at.made.update(security=[{"api_key": []}]),
    "query kind is gone": lambda at: at.listed["parameters"].clear(),
    "query kind is required": lambda at: at.kind.update(required=True),
    "query kind is string no more": lambda at: at.kind.update(schema={"type": "integer"}),
    "query kind takes listed words alone": lambda at: at.kind["schema"].update(enum=["a"]),
    "query by is new and required": lambda at: at.listed["parameters"].append(_required("by")),
    "the body is required": lambda at: at.made["requestBody"].update(required=True),
    "the body as application/json is gone": lambda at: at.made["requestBody"]["content"].clear(),
    "the body.size is required": lambda at: at.draft["required"].append("size"),
    "the body.place is required": lambda at: (
        at.of_draft.update(place={"type": "string"}),
        at.draft["required"].append("place"),
    ),
    "the body.size is gone": lambda at: at.of_draft.pop("size"),
    "the body.size is null no more": lambda at: at.of_draft.update(size={"type": "integer"}),
    "the body.state lacks old": lambda at: at.of_draft["state"].update(enum=["new"]),
    "answers 201 no more": lambda at: at.made.update(responses={"202": {}}),
    "the answer 200, header ETag is gone": lambda at: at.listed["responses"]["200"].pop("headers"),
    "the answer 200 as application/json is gone": lambda at: at.listed["responses"]["200"].pop(
        "content"
    ),
    "the answer 200[].id is gone": lambda at: at.of_thing.pop("id"),
    "the answer 200[].id may be left out": lambda at: at.thing["required"].remove("id"),
    "the answer 200[].id may be string": lambda at: at.of_thing["id"].update(type="string"),
    "the answer 200[].state lacks old": lambda at: at.of_thing["state"].update(enum=["new"]),
    "the answer 200[].state may be null": lambda at: at.of_thing.update(
        state={"anyOf": [at.of_thing["state"], {"type": "null"}]}
    ),
    "the answer 200[].at is of another format": lambda at: at.of_thing["at"].update(
        anyOf=[{"type": "string", "format": "date"}, {"type": "null"}]
    ),
    "the answer 200[].within[] may be null": lambda at: at.of_thing["within"].update(
        items={"anyOf": [{"$ref": "#/components/schemas/Thing"}, {"type": "null"}]}
    ),
    "the problem not_found is gone": lambda at: at.document["components"]["examples"].clear(),
}

HARMLESS: dict[str, Callable[[Change], Any]] = {
    "nothing": lambda at: at.document,
    "an address": lambda at: at.document["paths"].update({"/v1/more": deepcopy(at.things)}),
    "a parameter": lambda at: at.listed["parameters"].append(
        {**_required("by"), "required": False}
    ),
    "a field of an answer": lambda at: at.of_thing.update(more={"type": "string"}),
    "a word of an answer": lambda at: at.of_thing["state"]["enum"].append("odd"),
    "a field that is sent": lambda at: at.of_draft.update(more={"type": "string"}),
    "a word that is sent": lambda at: at.of_draft["state"]["enum"].append("odd"),
    "a type that is sent": lambda at: at.of_draft["name"].update(type=["string", "integer"]),
    "what need not be sent": lambda at: at.draft["required"].clear(),
    "an answer that is never null": lambda at: at.of_thing.update(
        at={"type": "string", "format": "date-time"}
    ),
    "a narrower limit": lambda at: at.of_draft["name"].update(maxLength=10),
    "a sentence": lambda at: at.listed.update(summary="Other words."),
    "a problem": lambda at: at.document["components"]["examples"].update(gone={}),
    "no key any more": lambda at: at.listed.pop("security"),
}


@pytest.mark.parametrize("says", BREAKING)
def test_what_breaks_a_client_is_found(says: str) -> None:
    change = Change()
    BREAKING[says](change)

    found = broken(promised(DOCUMENT), change.document, TODAY)

    assert any(says in one for one in found), found


@pytest.mark.parametrize("what", HARMLESS)
def test_what_may_come_breaks_nothing(what: str) -> None:
    change = Change()
    HARMLESS[what](change)

    assert broken(promised(DOCUMENT), change.document, TODAY) == []


@pytest.mark.parametrize(("ends", "n_broken"), [("2027-01-02", 3), ("2027-01-01", 0), (None, 3)])
def test_what_was_deprecated_may_go_from_its_last_day_on(ends: str | None, n_broken: int) -> None:
    said = {"deprecated": True, **({"x-sunset": ends} if ends else {})}
    before, now = Change(), Change()
    for one in (before.listed, before.kind, before.of_thing["at"], before.of_draft["size"]):
        one.update(said)
    now.of_thing.pop("at")
    now.of_draft.pop("size")
    gone = Change()
    gone.things.pop("get")

    found = broken(promised(before.document), gone.document, TODAY)
    assert len(found) == min(n_broken, 1)
    before.listed.pop("deprecated", None)
    now.listed["parameters"].clear()
    found = broken(promised(before.document), now.document, TODAY)
    assert len(found) == n_broken


def test_what_the_last_release_promised_is_kept() -> None:
    found = broken(read_promised(), read_present(), system_clock().date())

    assert [one for one in found if one not in ACCEPTED] == []
    assert sorted(ACCEPTED) == sorted(found), "ACCEPTED names what is not broken"
