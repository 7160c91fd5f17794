"""How much one may ask: no route breaks on JSON of any depth or form of any number of fields."""

import json
from collections.abc import Iterator
from typing import Final

from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.content.limits import MAX_BYTES
from tests.contract import hostile
from tests.contract.test_hostile import THERE, asked

DEEP: Final = (990, 100_000)
"""Brackets: as many as Python's parser just reads, and many more than it does."""

JSON: Final = {"Content-Type": "application/json"}
FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
PARTS: Final = {"Content-Type": "multipart/form-data; boundary=x7"}


def _taking(app: FastAPI) -> Iterator[tuple[str, bytes]]:
    """Return the method and address of each route that may take a body."""
    for method, path, _ in hostile.routes_of(app):
        if method not in {"GET", "HEAD", "OPTIONS"} and path != "/v1/imports":
            yield method, hostile.filled(path, THERE)


def _forms() -> Iterator[tuple[dict[str, str], bytes]]:
    yield FORM, b"a=1&" * (MAX_BYTES // 4)
    yield FORM, b"a=" + b"1" * (MAX_BYTES - 2)
    part = b'--x7\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
    yield PARTS, part * (MAX_BYTES // len(part) - 1) + b"--x7--\r\n"


def test_json_of_any_depth_is_refused_by_every_route(
    inhabited: FastAPI, client: TestClient, headers: dict[str, str]
) -> None:
    routes = [one for one in _taking(inhabited) if one[1].startswith(b"/v1/")]
    for depth in DEEP:
        brackets = "[" * depth + "]" * depth
        for method, path in routes:
            asked(client, method, path, headers | JSON, brackets.encode())
        digest = json.dumps({"text": f'{{"stories":{brackets}}}', "form": "json"}).encode()
        answer = asked(client, "POST", b"/v1/pastes", headers | JSON, digest)
        assert answer.status_code in {201, 422}
    assert len(routes) > 50


def test_forms_of_any_number_of_fields_are_refused_by_every_route(
    inhabited: FastAPI, client: TestClient
) -> None:
    open_routes = [one for one in _taking(inhabited) if not one[1].startswith(b"/v1/")]
    for said, body in _forms():
        for method, path in open_routes:
            asked(client, method, path, said, body)
    assert len(open_routes) > 50
