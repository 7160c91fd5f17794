"""How answers tell of limits, as draft-ietf-httpapi-ratelimit-headers has it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.api.openapi import operations
from app.container import Container
from app.db.session import Job
from app.enums import Scope
from app.issues.samples import MAX_AN_HOUR
from app.main import bare_app, create_app
from app.rate_limits import RateLimit, rate_headers
from app.settings import Settings
from tests.api.clients import bearer, load, secret_of
from tests.at_hand import build_at_hand
from tests.factories import make_category

LIMITS = {
    "signups_per_address": 2,
    "signups_per_network": 3,
    "signups_per_site": 0,
    "signups_per_domain": 50,
}
POLICY = '"network";q=3;w=3600, "share";q=10;w=3600, "domain";q=50;w=3600'


@pytest.fixture
def now_at(now: datetime) -> list[datetime]:
    """Return a list whose one entry is the container's present."""
    return [now]


@pytest.fixture
def container(settings: Settings, now_at: list[datetime], jobs: list[Job]) -> Iterator[Container]:
    limited = settings.model_copy(update=LIMITS)
    container = build_at_hand(limited, clock=lambda: now_at[0], jobs=jobs)
    yield container
    container.engine.dispose()


@pytest.fixture
def category(session: Session) -> None:
    """Make a category to follow."""
    make_category(session, "ai")
    session.commit()


def test_limits_are_told_as_a_list_of_policies_and_one_of_what_is_left() -> None:
    burst = RateLimit("burst", 5, 60, remaining=0, more_in_seconds=0.2)
    assert rate_headers([]) == {}
    assert rate_headers([RateLimit("daily", 9, 86400)]) == {
        "RateLimit-Policy": '"daily";q=9;w=86400'
    }
    assert rate_headers([burst, RateLimit("daily", 9, 86400, remaining=4)]) == {
        "RateLimit-Policy": '"burst";q=5;w=60, "daily";q=9;w=86400',
        "RateLimit": '"burst";r=0;t=1, "daily";r=4',
    }


@pytest.mark.usefixtures("category")
def test_sign_ups_tell_their_limits_alike_and_only_what_is_used_up(container: Container) -> None:
    with TestClient(create_app(container), client=("8.8.8.8", 1)) as client:
        answers = [_sign_up(client, f"{name}@firm.example") for name in ("a", "a", "a", "b", "c")]

    assert [answer.status_code for answer in answers] == [202, 202, 202, 202, 429]
    assert {answer.headers["RateLimit-Policy"] for answer in answers} == {POLICY}
    # The third was one too many for its mailbox; nothing tells that.
    assert ["RateLimit" in answer.headers for answer in answers] == [False] * 4 + [True]
    wait = answers[-1].headers["Retry-After"]
    assert answers[-1].headers["RateLimit"] == f'"network";r=0;t={wait}'
    assert 1100 < int(wait) <= 1200


@pytest.mark.usefixtures("category")
def test_sign_up_forms_tell_their_limits_too(container: Container) -> None:
    with TestClient(create_app(container), client=("8.8.8.8", 1)) as client:
        page = client.post(
            "/v1/signups", data={"address": "a@firm.example"}, headers={"Accept": "text/html"}
        )
    assert (page.status_code, page.headers["RateLimit-Policy"]) == (202, POLICY)


def test_tests_of_an_hour_are_counted_down_and_the_wait_is_for_as_many_as_are_asked_for(
    container: Container, now_at: list[datetime]
) -> None:
    start = now_at[0]
    secret = secret_of(container, [Scope.ADMIN], start)
    with TestClient(create_app(container), headers=bearer(secret)) as api:
        path = f"/v1/issues/{load(api, ('A title', 'AI'))}/send-test"
        told = []
        for minute, n in enumerate([1, 9] + [10] * (MAX_AN_HOUR // 10 - 1)):
            now_at[0] = start + timedelta(minutes=minute)
            told.append(_send_tests(api, path, n).headers)
        now_at[0] = start + timedelta(minutes=15)
        one, ten = _send_tests(api, path, 1), _send_tests(api, path, 10)
        now_at[0] = start + timedelta(hours=1)
        again = _send_tests(api, path, 1)

    assert [headers["RateLimit"] for headers in told[:2]] == [
        '"tests";r=99;t=3600',
        '"tests";r=90;t=3540',
    ]
    assert {headers["RateLimit-Policy"] for headers in told} == {'"tests";q=100;w=3600'}
    assert [one.status_code, ten.status_code, again.status_code] == [429, 429, 202]
    assert one.headers["RateLimit"] == ten.headers["RateLimit"] == f'"tests";r=0;t={45 * 60}'
    assert one.headers["Retry-After"] == f"{45 * 60}"
    assert ten.headers["Retry-After"] == f"{46 * 60}"


def test_every_operation_that_may_say_429_documents_the_headers() -> None:
    found = []
    for operation in operations(bare_app().openapi()):
        answers: dict[str, dict[str, Any]] = operation["responses"]
        for status, answer in answers.items():
            headers = answer["headers"].keys()
            if status in {"429", "503"}:
                assert "Retry-After" in headers, (operation["operationId"], status)
            if status == "429" or (status < "300" and "429" in answers):
                assert headers >= {"RateLimit", "RateLimit-Policy"}, operation["operationId"]
                found.append(operation["operationId"])
    assert sorted(found) == ["send_test", "send_test", "sign_up_reader", "sign_up_reader"]


def _sign_up(client: TestClient, address: str) -> Any:
    return client.post("/v1/signups", json={"address": address})


def _send_tests(api: TestClient, path: str, n: int) -> Any:
    addresses = [f"r{number}@example.com" for number in range(n)]
    return api.post(path, json={"addresses": addresses})
