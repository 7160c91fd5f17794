"""Whatever goes wrong is told as application/problem+json, and tells nothing of the inside."""

import json
from datetime import datetime
from typing import Any

import pytest
import structlog
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response

from app.api.errors import MEDIA_TYPE
from app.container import build
from app.main import create_app
from app.settings import Settings


def problem_of(answer: Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == MEDIA_TYPE
    told: dict[str, Any] = answer.json()
    assert told["code"] == code
    assert told["status"] == status
    assert told["type"].endswith(f"/docs#{code}")
    assert told["instance"] == answer.headers["X-Request-ID"]
    return told


def test_unknown_address_is_a_problem_when_it_is_of_the_api(public: TestClient) -> None:
    problem_of(public.get("/v1/nothing"), 404, "not_found")


def test_unknown_address_is_a_page_when_it_is_a_readers(public: TestClient) -> None:
    answer = public.get("/nothing")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


def test_wrong_method_is_a_405_that_says_the_right_ones(api: TestClient) -> None:
    answer = api.put("/v1/categories", json={})
    problem_of(answer, 405, "method_not_allowed")
    assert set(answer.headers["allow"].split(", ")) & {"GET", "POST"}


@pytest.mark.parametrize("path", ["/health", "/openapi.json", "/docs"])
def test_problem_is_answered_by_every_router_of_the_api(public: TestClient, path: str) -> None:
    problem_of(public.post(path), 405, "method_not_allowed")


def test_slash_at_the_end_is_another_address(api: TestClient) -> None:
    problem_of(api.get("/v1/categories/"), 404, "not_found")


def test_request_id_is_taken_over_when_it_is_fit_for_a_log(public: TestClient) -> None:
    answer = public.get("/v1/nothing", headers={"X-Request-ID": "proxy-7"})
    assert problem_of(answer, 404, "not_found")["instance"] == "proxy-7"
    answer = public.get("/v1/nothing", headers={"X-Request-ID": "a b\tc"})
    assert len(problem_of(answer, 404, "not_found")["instance"]) == 32


def test_wrong_fields_are_named_by_pointer(api: TestClient) -> None:
    answer = api.post("/v1/keys", json={"name": "", "scopes": ["fly"], "more~/": 1})
    told = problem_of(answer, 422, "invalid_input")
    assert {place["pointer"] for place in told["errors"]} == {"/name", "/scopes/0", "/more~0~1"}


def test_wrong_parameters_are_named_by_place(api: TestClient) -> None:
    told = problem_of(api.get("/v1/subscribers?limit=0"), 422, "invalid_input")
    assert [place["pointer"] for place in told["errors"]] == ["query limit"]
    told = problem_of(api.get(f"/v1/subscribers/{2**63}"), 422, "invalid_input")
    assert [place["pointer"] for place in told["errors"]] == ["path subscriber_id"]


@pytest.mark.parametrize(
    "value", ["\x00", "a\x00b", "\ud800", "x" * 61, "", "  ", 7, None, ["x"], True]
)
def test_name_is_refused_when_the_database_could_not_hold_it(api: TestClient, value: Any) -> None:
    body = json.dumps({"name": value})
    answer = api.post("/v1/categories", content=body, headers={"Content-Type": "application/json"})
    problem_of(answer, 422, "invalid_input")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 422),
        (b"", 422),
        (b"null", 422),
        (b"[]", 422),
        (b'{"name": NaN}', 422),
        (b'{"name": "\xff"}', 400),
        (b"[" * 100_000, 400),
        (b'{"name": ' + b"9" * 5000 + b"}", 400),
    ],
)
def test_body_that_is_no_object_is_refused(api: TestClient, body: bytes, status: int) -> None:
    answer = api.post("/v1/categories", content=body, headers={"Content-Type": "application/json"})
    problem_of(answer, status, "unreadable" if status == 400 else "invalid_input")


def test_body_is_refused_when_it_says_that_it_is_something_else(api: TestClient) -> None:
    headers = {"Content-Type": "text/plain"}
    answer = api.post("/v1/categories", content=b'{"name": "AI"}', headers=headers)
    problem_of(answer, 422, "invalid_input")


@pytest.mark.parametrize("path", ["/v1/categories", "/v1/signups", "/v1/issues/load"])
@pytest.mark.parametrize("chunked", [False, True])
def test_body_above_two_mebibytes_is_a_413(api: TestClient, path: str, chunked: bool) -> None:  # noqa: FBT001 - pytest's parameters
    whole = b" " * (2 * 1024 * 1024 + 1)
    content = iter([whole[:1_000_000], whole[1_000_000:]]) if chunked else whole
    answer = api.post(path, content=content, headers={"Content-Type": "application/json"})
    problem_of(answer, 413, "too_large")


def test_unforeseen_error_tells_nothing_of_the_inside(
    application: FastAPI, public: TestClient
) -> None:
    def fail() -> None:
        raise ValueError("reader@example.com has the secret dv_123")

    application.add_api_route("/v1/failing", fail)
    with structlog.testing.capture_logs() as logs:
        answer = public.get("/v1/failing")
    told = problem_of(answer, 500, "internal_error")
    assert "reader@example.com" not in answer.text + str(logs)
    assert [entry["error"] for entry in logs] == ["ValueError"]
    assert told["instance"] == answer.headers["X-Request-ID"]


def test_database_that_does_not_answer_is_a_503(settings: Settings, now: datetime) -> None:
    gone = settings.model_copy(
        update={"database_url": "postgresql://nobody@127.0.0.1:1/nothing?connect_timeout=1"}
    )
    container = build(gone, clock=lambda: now, enqueue_now=lambda _jobs: None)
    with TestClient(create_app(container)) as client:
        answer = client.get("/health")
    problem_of(answer, 503, "unavailable")
    assert answer.headers["Retry-After"] == "5"


def test_health_says_ok_when_the_database_answers(public: TestClient) -> None:
    assert public.get("/health").json() == {"status": "ok", "send_epoch": "kept"}
