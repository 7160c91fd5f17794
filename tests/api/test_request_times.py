"""How long requests take is told by kind and class of status, of whatever path."""

import asyncio
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from app.api.request_times import with_request_times
from app.main import create_app
from app.metrics.requests import NAME, RequestTimes
from app.settings import Settings
from tests.at_hand import build_at_hand

Noted = list[tuple[str, int, float]]


def _told(registry: CollectorRegistry) -> dict[tuple[str, str], float]:
    return {
        (sample.labels["kind"], sample.labels["status"]): sample.value
        for metric in registry.collect()
        for sample in metric.samples
        if sample.name == f"{NAME}_count"
    }


def test_requests_of_the_service_are_counted_by_kind_and_status(settings: Settings) -> None:
    registry = CollectorRegistry()
    container = build_at_hand(settings)
    app = create_app(container, request_times=RequestTimes(registry))
    with TestClient(app) as client:
        for path in ("/health", "/v1/issues", "/v1/issues/1", "/no/such/page", "/leave/token"):
            client.get(path)
        client.post("/v1/signups", content=b"{", headers={"Content-Type": "application/json"})

    assert _told(registry) == {
        ("health", "2xx"): 1,
        ("api", "4xx"): 2,
        ("public", "4xx"): 2,
        ("leaving", "4xx"): 1,
    }


async def _broken(scope: Scope, _receive: Receive, _send: Send) -> None:
    if scope["type"] == "http":
        raise ZeroDivisionError


async def _begun(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await PlainTextResponse("it has begun")(scope, receive, send)
        raise ZeroDivisionError


async def _gone(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """Answer nothing, as for a client that has gone."""


@pytest.mark.parametrize(
    ("app", "wanted"), [(_broken, [500]), (_begun, [200]), (_gone, [])], ids=["no", "yes", "gone"]
)
def test_request_is_noted_once_however_it_ends(app: Any, wanted: list[int]) -> None:
    noted: Noted = []
    client = TestClient(
        with_request_times(app, lambda *one: noted.append(one)), raise_server_exceptions=False
    )
    client.get("/")

    assert [(kind, status) for kind, status, _ in noted] == [("public", one) for one in wanted]


def test_time_is_counted_until_the_answer_begins() -> None:
    noted: Noted = []

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await asyncio.sleep(0.05)
            await PlainTextResponse("at last")(scope, receive, send)

    TestClient(with_request_times(slow, lambda *one: noted.append(one))).get("/search?q=x")

    (kind, status, seconds) = noted[0]
    assert (kind, status) == ("search", 200)
    assert seconds >= 0.05
