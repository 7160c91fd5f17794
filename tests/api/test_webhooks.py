"""Webhooks by API: made once, their secret shown once, stopped, tried, told again, their log."""

from datetime import datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.container import Container
from app.db.session import Job
from app.models import Webhook
from app.webhooks.deliver import tell
from app.webhooks.request import WebhookNetwork

NEW = {"url": "https://hooks.example.org/devoured", "kinds": ["issue.sent", "reader.left"]}


@pytest.fixture
def made(api: TestClient) -> dict[str, Any]:
    answer = api.post("/v1/webhooks", json=NEW)
    assert answer.status_code == 201
    found: dict[str, Any] = answer.json()
    return found


def test_secret_is_shown_once(api: TestClient) -> None:
    once = {"Idempotency-Key": "one"}
    first = api.post("/v1/webhooks", json=NEW, headers=once).json()
    assert first["secret"].startswith("whsec_")
    again = api.post("/v1/webhooks", json=NEW, headers=once)
    assert again.json() == first | {"secret": None}
    path = f"/v1/webhooks/{first['id']}"
    assert "secret" not in api.get(path).json()
    assert first["secret"] not in api.get("/v1/webhooks").text + api.get("/v1/audit").text
    rotated = api.post(f"{path}/rotate").json()
    assert rotated["secret"] not in {None, first["secret"]}
    assert rotated["former_until"] == "2026-11-24T06:00:00Z"


def test_second_of_one_address_and_http_are_refused(api: TestClient, made: dict[str, Any]) -> None:
    assert api.post("/v1/webhooks", json=NEW).json()["code"] == "already_exists"
    refused = api.post("/v1/webhooks", json=NEW | {"url": "http://hooks.example.org/"})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/url"
    path = f"/v1/webhooks/{made['id']}"
    assert api.patch(path, json={"url": "nowhere"}).status_code == 422
    assert api.patch(path, json={"kinds": ["issue.read"]}).status_code == 422
    assert api.patch(path, json={"kinds": []}).json()["kinds"] == []
    assert api.get(path).json()["url"] == NEW["url"]


def test_stopped_webhook_takes_no_sample_and_no_replay(
    api: TestClient, made: dict[str, Any], jobs: list[Job]
) -> None:
    path = f"/v1/webhooks/{made['id']}"
    assert api.post(f"{path}/disable").json()["disabled_because"] == "person"
    for step, body in (("sample", {"kind": "issue.sent"}), ("replay", {"messages": ["evt_1"]})):
        refused = api.post(f"{path}/{step}", json=body)
        assert refused.status_code == 409
        assert refused.json()["possible_steps"] == ["enable"]
    assert api.post(f"{path}/enable").json()["disabled_at"] is None
    sample = api.post(f"{path}/sample", json={"kind": "issue.sent"})
    assert sample.status_code == 202
    assert sample.json()["message"].startswith("sample_")
    assert ("tell_webhooks", ()) in jobs


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"messages": ["x"]},
        {"since": "2026-11-23T06:00:00Z", "messages": ["evt_1"]},
        {"since": "2026-11-23T06:00:00Z", "until": "2026-11-23T05:00:00Z"},
    ],
)
def test_replay_that_says_nothing_clear_is_refused(
    api: TestClient, made: dict[str, Any], body: dict[str, Any]
) -> None:
    refused = api.post(f"/v1/webhooks/{made['id']}/replay", json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_input")


def test_attempts_are_listed_page_by_page(
    api: TestClient, made: dict[str, Any], container: Container, now: datetime
) -> None:
    path = f"/v1/webhooks/{made['id']}"
    for _ in range(3):
        api.post(f"{path}/sample", json={"kind": "issue.sent"})
    private = WebhookNetwork(resolve=lambda _host, _port: ["10.0.0.7"])
    tell(container.sessions, container.signer.keys, private, lambda: now, lambda: False)
    first = api.get(f"{path}/attempts?limit=1").json()
    (attempt,) = first["items"]
    assert attempt["outcome"] == "private"
    assert attempt["detail"] == "leads into a network that is not allowed"
    assert attempt["message"].startswith("sample_")
    rest = api.get(f"{path}/attempts", params={"after": first["next"]} if first["next"] else {})
    assert rest.status_code == 200


def test_removed_webhook_is_gone(api: TestClient, made: dict[str, Any], session: Session) -> None:
    path = f"/v1/webhooks/{made['id']}"
    api.post(f"{path}/sample", json={"kind": "issue.sent"})
    assert api.delete(path).status_code == 204
    for answer in (api.get(path), api.get(f"{path}/attempts"), api.post(f"{path}/rotate")):
        assert answer.status_code == 404
    assert session.scalars(select(Webhook)).all() == []
