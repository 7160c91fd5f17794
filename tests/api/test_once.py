"""Idempotency keys: twice asked, once done, alike answered."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.container import Container
from app.enums import Scope
from app.models import ApiKey, Category, IdempotencyKey, Issue, Letter, Paste, Story, Subscriber
from tests.api.clients import bearer, digest, load, secret_of

KEY = {"Idempotency-Key": "the-first"}
Ask = Callable[[TestClient, dict[str, str]], Any]

MAKING: dict[str, tuple[type[Any], int, Ask]] = {
    "load": (
        Issue,
        1,
        lambda api, headers: api.post(
            "/v1/issues/load",
            content=digest(("Other", "AI")),
            headers={"Content-Type": "application/json", **headers},
        ),
    ),
    "story": (
        Story,
        1,
        lambda api, h: api.post("/v1/issues/1/stories", json={"title": "x"}, headers=h),
    ),
    "paste": (Paste, 1, lambda api, h: api.post("/v1/pastes", json={"text": "x"}, headers=h)),
    "category": (
        Category,
        1,
        lambda api, h: api.post("/v1/categories", json={"name": "Ops"}, headers=h),
    ),
    "readers": (
        Subscriber,
        1,
        lambda api, h: api.post(
            "/v1/subscribers", json={"readers": [{"address": "a@example.com"}]}, headers=h
        ),
    ),
    "key": (
        ApiKey,
        1,
        lambda api, h: api.post("/v1/keys", json={"name": "x", "scopes": ["read"]}, headers=h),
    ),
    "test": (
        Letter,
        1,
        lambda api, h: api.post(
            "/v1/issues/1/send-test", json={"address": "a@example.com"}, headers=h
        ),
    ),
    "signup": (
        Subscriber,
        1,
        lambda api, h: api.post("/v1/signups", json={"address": "a@example.com"}, headers=h),
    ),
}


@pytest.fixture(autouse=True)
def _issue(api: TestClient) -> None:
    load(api, ("A", "AI"))


def count(session: Session, model: type[Any]) -> int:
    session.expire_all()
    return session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.parametrize("what", MAKING)
def test_same_request_is_done_once(api: TestClient, session: Session, what: str) -> None:
    model, n_made, ask = MAKING[what]
    before = count(session, model)
    first, again = ask(api, KEY), ask(api, KEY)
    assert count(session, model) == before + n_made
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.status_code == first.status_code < 300
    kept = {name: value for name, value in first.json().items() if name != "secret"}
    assert kept.items() <= again.json().items()


@pytest.mark.parametrize("what", ["load", "category", "readers", "test"])
def test_same_request_at_the_same_time_is_done_once(
    api: TestClient, session: Session, what: str
) -> None:
    model, n_made, ask = MAKING[what]
    before = count(session, model)
    together = Barrier(2)

    def take_part(_: int) -> Any:
        together.wait(10)
        return ask(api, KEY)

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(take_part, range(2))
    assert count(session, model) == before + n_made
    assert (one.status_code, one.content) == (other.status_code, other.content)
    replayed = [answer.headers.get("Idempotency-Replayed") for answer in (one, other)]
    assert sorted(map(str, replayed)) == ["None", "true"]


def test_key_is_refused_for_another_request(api: TestClient) -> None:
    assert api.post("/v1/categories", json={"name": "Ops"}, headers=KEY).status_code == 201
    for answer in (
        api.post("/v1/categories", json={"name": "Other"}, headers=KEY),
        api.post("/v1/categories?x=1", json={"name": "Ops"}, headers=KEY),
        api.post("/v1/issues/1/stories", json={"title": "Ops"}, headers=KEY),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


def test_key_is_free_again_when_the_request_failed(api: TestClient) -> None:
    assert api.post("/v1/categories", json={"name": "AI"}, headers=KEY).status_code == 409
    assert api.post("/v1/categories", json={"name": "Ops"}, headers=KEY).status_code == 201


def test_key_is_free_again_after_a_day(api: TestClient, session: Session, now: datetime) -> None:
    body = {"title": "x"}
    assert api.post("/v1/issues/1/stories", json=body, headers=KEY).json()["position"] == 2
    session.execute(update(IdempotencyKey).values(created_at=now - timedelta(hours=24)))
    session.commit()
    assert api.post("/v1/issues/1/stories", json=body, headers=KEY).json()["position"] == 3


def test_keys_of_two_holders_are_apart(
    api: TestClient, public: TestClient, container: Container, now: datetime
) -> None:
    other = bearer(secret_of(container, [Scope.EDIT], now))
    body = {"title": "x"}
    assert api.post("/v1/issues/1/stories", json=body, headers=KEY).json()["position"] == 2
    mine = public.post("/v1/issues/1/stories", json=body, headers=KEY | other)
    assert mine.json()["position"] == 3


@pytest.mark.parametrize("key", [b"", b"a b", b"x" * 256, b"\xe9"])
def test_key_is_refused_when_it_is_no_plain_text(api: TestClient, key: bytes) -> None:
    headers = [(b"Idempotency-Key", key)]
    answer = api.post("/v1/categories", json={"name": "Ops"}, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "header Idempotency-Key"


def test_what_is_kept_of_a_request_is_no_plain_hash_of_it(
    public: TestClient, session: Session
) -> None:
    public.post("/v1/signups", json={"address": "a@example.com"}, headers=KEY)
    kept = session.scalars(select(IdempotencyKey)).one()
    assert b"example.com" not in kept.body
    assert len(kept.request_hash) == 32
