"""Every answer has a policy and is not guessed at; what is not said to be kept is kept nowhere."""

import re

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response

from app.main import bare_app
from tests.contract import hostile

SHOWN = {"issue_id": "1", "story_id": "1", "subscriber_id": "1", "slug": "ai", "name": "site.css"}
ADDRESSES = sorted(
    {(method, path) for method, path, _ in hostile.routes_of(bare_app())}
    | {(method, "/no/such/page") for method in ("GET", "POST")}
    | {("GET", "/v1/no/such/thing"), ("DELETE", "/"), ("PUT", "/v1/issues"), ("BREW", "/health")}
)


def assert_safe(answer: Response) -> None:
    headers = answer.headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy
    assert "*" not in policy
    assert headers.get_list("x-content-type-options") == ["nosniff"]
    allowed = {"no-referrer", "same-origin", "strict-origin-when-cross-origin"}
    assert headers["referrer-policy"] in allowed
    assert headers["cache-control"]
    if "json" in headers.get("content-type", ""):
        assert headers.get_list("cache-control") == ["no-store"]


@pytest.mark.parametrize("has_key", [False, True])
def test_every_answer_has_a_policy(
    inhabited: FastAPI, client: TestClient, headers: dict[str, str], *, has_key: bool
) -> None:
    assert inhabited is not None
    for method, path in ADDRESSES:
        parts = dict.fromkeys(re.findall(r"{(\w+)}", path), "1") | SHOWN
        url = client.base_url.copy_with(raw_path=hostile.filled(path, parts))
        answer = client.request(
            method, url, headers=headers if has_key else {}, follow_redirects=False
        )
        assert answer.status_code < 500, (method, path)
        assert_safe(answer)


def test_what_never_reaches_a_route_has_a_policy(client: TestClient) -> None:
    assert_safe(client.post("/signup", content=b"x" * 3_000_000))
    assert_safe(client.get("/signup", follow_redirects=False))
    assert_safe(client.get("/read/%00"))
    assert_safe(client.get("/", headers={"If-None-Match": client.get("/").headers["etag"]}))
