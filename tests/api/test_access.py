"""Every route asks for a key, or is on the public list."""

from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from app.access.keys import make_key
from app.actors import CLI
from app.container import Container, build
from app.db.session import transaction
from app.enums import Scope
from app.main import bare_app, create_app
from tests.api.clients import bearer, load, secret_of

PUBLIC = {
    ("POST", "/v1/signups"),
    ("GET", "/v1/signups/challenge"),
    ("POST", "/v1/events/sns"),
    ("GET", "/health"),
}


def operations() -> list[tuple[str, str, tuple[str, ...]]]:
    """Method, path and scopes of every operation of the document."""
    return [
        (
            method.upper(),
            path,
            tuple(s for each in op.get("security", ()) for s in each["api_key"]),
        )
        for path, methods in bare_app().openapi()["paths"].items()
        for method, op in methods.items()
    ]


KEYED = [each for each in operations() if each[:2] not in PUBLIC]


def filled(path: str) -> str:
    for name in ("subscriber_id", "issue_id", "story_id", "key_id"):
        path = path.replace(f"{{{name}}}", "1")
    return path.replace("{slug}", "ai")


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
    for method, path, scopes in KEYED:
        for scope in scopes:
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


def test_key_ends_and_is_for_its_networks_only(
    application: FastAPI, api: TestClient, container: Container, now: datetime
) -> None:
    body = {
        "name": "x",
        "scopes": ["read"],
        "expires_at": (now + timedelta(days=1)).isoformat(),
        "networks": ["203.0.113.0/24"],
    }
    made = api.post("/v1/keys", json=body).json()
    assert made["networks"] == ["203.0.113.0/24"]
    assert made["expires_at"] == "2026-11-24T06:00:00Z"
    for client, status in (("203.0.113.9", 200), ("203.0.114.9", 403)):
        with TestClient(application, client=(client, 50000)) as there:
            answer = there.get("/v1/categories", headers=bearer(made["secret"]))
            assert answer.status_code == status
    assert answer.json()["code"] == "forbidden"
    assert "network" in answer.json()["detail"]
    later = build(
        container.settings, clock=lambda: now + timedelta(days=1), enqueue_now=lambda _jobs: None
    )
    with TestClient(create_app(later), client=("203.0.113.9", 50000)) as there:
        answer = there.get("/v1/categories", headers=bearer(made["secret"]))
    later.engine.dispose()
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorised")
    assert "expired" in answer.json()["detail"]


def test_key_counts_the_client_that_a_trusted_proxy_names(
    application: FastAPI, container: Container, now: datetime
) -> None:
    with transaction(container.sessions) as session:
        secret = make_key(session, CLI, "x", [Scope.READ], now, networks=["203.0.113.0/24"])[1]
    behind: Any = ProxyHeadersMiddleware(cast("Any", application), trusted_hosts=["10.0.0.0/8"])
    asked = {**bearer(secret), "X-Forwarded-For": "203.0.113.9"}
    for peer, status in (("10.0.0.7", 200), ("192.0.2.7", 403)):
        with TestClient(behind, client=(peer, 50000)) as client:
            assert client.get("/v1/categories", headers=asked).status_code == status


def test_last_use_is_shown_whatever_became_of_the_request(
    api: TestClient, public: TestClient
) -> None:
    made = api.post("/v1/keys", json={"name": "x", "scopes": ["read"]}).json()
    assert made["last_used_at"] is None
    headers = bearer(made["secret"])
    assert public.post("/v1/categories", json={}, headers=headers).status_code == 403
    listed = {one["id"]: one["last_used_at"] for one in api.get("/v1/keys").json()["items"]}
    assert listed[made["id"]] is None
    assert public.get("/v1/issues/99", headers=headers).status_code == 404
    listed = {one["id"]: one["last_used_at"] for one in api.get("/v1/keys").json()["items"]}
    assert listed[made["id"]] == "2026-11-23T06:00:00Z"


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"expires_at": "2026-11-23T06:00:00Z"}, "/expires_at"),
        ({"networks": ["203.0.113.7/24"]}, "/networks/0"),
        ({"networks": ["10.0.0.0/8"] * 21}, "/networks"),
        ({"scopes": ["everything"]}, "/scopes/0"),
    ],
)
def test_key_that_could_never_be_used_is_refused(
    api: TestClient, given: dict[str, Any], pointer: str
) -> None:
    answer = api.post("/v1/keys", json={"name": "x", "scopes": ["read"], **given})
    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]


def test_how_an_approved_issue_goes_out_is_changed_by_those_who_may_send(
    api: TestClient, public: TestClient, container: Container, now: datetime
) -> None:
    path = f"/v1/issues/{load(api, ('A', 'AI'))}"
    edit = bearer(secret_of(container, [Scope.EDIT], now))
    both = bearer(secret_of(container, [Scope.EDIT, Scope.SEND], now))
    change = {"canary_percent": 20, "in_doubt_policy": "resend"}
    assert public.patch(path, json=change, headers=edit).status_code == 200
    assert api.post(f"{path}/approve").status_code == 200
    refused = public.patch(path, json={"in_doubt_policy": "hold"}, headers=edit)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert api.get(path).json()["in_doubt_policy"] == "resend"
    assert public.patch(path, json={"in_doubt_policy": "hold"}, headers=both).status_code == 200
