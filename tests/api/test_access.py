"""Every route asks for a key, or is on the public list."""

from datetime import datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.container import Container
from app.main import bare_app
from app.words import Scope
from tests.api.clients import bearer, secret_of

PUBLIC = {
    ("POST", "/v1/signups"),
    ("GET", "/v1/signups/challenge"),
    ("POST", "/v1/events/sns"),
    ("GET", "/health"),
}


def operations() -> list[tuple[str, str, str]]:
    """Method, path and scope of every operation of the document."""
    return [
        (
            method.upper(),
            path,
            "".join(s for each in op.get("security", ()) for s in each["api_key"]),
        )
        for path, methods in bare_app().openapi()["paths"].items()
        for method, op in methods.items()
    ]


KEYED = [each for each in operations() if each[:2] not in PUBLIC]


def filled(path: str) -> str:
    for name in ("subscriber_id", "issue_id", "story_id", "key_id"):
        path = path.replace(f"{{{name}}}", "1")
    return path.replace("{slug}", "ai")


def test_public_list_is_what_the_document_leaves_open() -> None:
    assert {each[:2] for each in operations() if not each[2]} == PUBLIC


@pytest.mark.parametrize("path", ["/v1", "/v1/nothing", "/v1/issues/1/nothing"])
def test_unknown_address_is_a_404_when_there_is_no_key(public: TestClient, path: str) -> None:
    assert public.get(path).status_code == 404


def test_every_route_answers_401_when_there_is_no_key_or_a_wrong_one(public: TestClient) -> None:
    for method, path, _ in KEYED:
        for headers in ({}, bearer("dv_unknown"), {"Authorization": "Basic ZHY6eA=="}):
            answer = public.request(method, filled(path), headers=headers, json={})
            assert answer.status_code == 401, (method, path)
            assert answer.json()["code"] == "unauthorised"
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_every_route_answers_403_when_the_key_has_only_the_other_scopes(
    public: TestClient, container: Container, now: datetime
) -> None:
    secrets = {
        scope: secret_of(container, set(Scope) - {Scope.ADMIN, scope}, now) for scope in Scope
    }
    for method, path, scope in KEYED:
        headers = bearer(secrets[Scope(scope)])
        answer = public.request(method, filled(path), headers=headers, json={})
        assert answer.status_code == 403, (method, path)
        assert answer.json()["code"] == "forbidden"


def test_key_is_refused_when_it_was_revoked(api: TestClient, public: TestClient) -> None:
    made: dict[str, Any] = api.post("/v1/keys", json={"name": "x", "scopes": ["read"]}).json()
    headers = bearer(made["secret"])
    assert public.get("/v1/categories", headers=headers).status_code == 200
    assert api.post(f"/v1/keys/{made['id']}/revoke").json()["revoked_at"] is not None
    assert public.get("/v1/categories", headers=headers).status_code == 401


def test_secret_is_shown_once_and_kept_nowhere(api: TestClient) -> None:
    first = api.post(
        "/v1/keys", json={"name": "x", "scopes": ["read"]}, headers={"Idempotency-Key": "one"}
    )
    again = api.post(
        "/v1/keys", json={"name": "x", "scopes": ["read"]}, headers={"Idempotency-Key": "one"}
    )
    assert first.json()["secret"].startswith(first.json()["prefix"])
    assert again.json() == {**first.json(), "secret": None}
    assert "secret" not in api.get("/v1/keys").text
