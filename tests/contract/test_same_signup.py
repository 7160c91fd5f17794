"""A sign-up is the same whichever way it comes: one row alike, refused for the same reasons."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Final

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from app.container import Container, build
from app.db.session import Job, Sessions, transaction
from app.enums import ConsentSource
from app.main import create_app
from app.models import Ask
from app.readers.signup_request import TRAP
from app.readers.wording import consent_text
from app.settings import Settings
from tests.factories import make_category

GOOD = {
    "address": "Ada@Reader.Example",
    "categories": ["devops"],
    "depth": "deep",
    "hour": 7,
    "time_zone": "Europe/Vienna",
    "wording": consent_text("en", "Devoured").digest,
}
Send = Callable[[TestClient, dict[str, Any]], Any]
WAYS: dict[str, tuple[ConsentSource, Send]] = {
    "JSON": (ConsentSource.API, lambda client, fields: client.post("/v1/signups", json=fields)),
    "JSON, once": (
        ConsentSource.API,
        lambda client, fields: client.post(
            "/v1/signups", json=fields, headers={"Idempotency-Key": "1"}
        ),
    ),
    "a form": (ConsentSource.EMBED, lambda client, fields: client.post("/v1/signups", data=fields)),
    "a form of another site": (
        ConsentSource.EMBED,
        lambda client, fields: client.post(
            "/v1/signups", data=fields, headers={"Accept": "text/html"}
        ),
    ),
    "our own form": (
        ConsentSource.PAGE,
        lambda client, fields: client.post("/signup", data=fields),
    ),
}


ANSWERED_BY_A_PAGE: Final = {"a form of another site", "our own form"}
"""Whose asker reads a page of ours, whose language is then theirs."""


@pytest.fixture
def jobs() -> list[Job]:
    return []


@pytest.fixture
def container(settings: Settings, now: datetime, jobs: list[Job]) -> Iterator[Container]:
    """Build a web process alone, so that what is asked stays asked."""
    container = build(settings, clock=lambda: now, enqueue_now=jobs.extend)
    with transaction(container.sessions) as session:
        for slug in ("ai", "devops"):
            make_category(session, slug)
    yield container
    container.engine.dispose()


@pytest.fixture
def client(container: Container) -> Iterator[TestClient]:
    with TestClient(create_app(container), client=("8.8.8.8", 1)) as client:
        yield client


def _asks(sessions: Sessions) -> list[dict[str, Any]]:
    with transaction(sessions) as session:
        return [
            {name: value for name, value in vars(ask).items() if not name.startswith("_")}
            for ask in session.scalars(select(Ask))
        ]


@pytest.mark.parametrize("way", WAYS)
def test_sign_up_is_written_down_alike_whichever_way_it_comes(
    way: str, client: TestClient, sessions: Sessions, jobs: list[Job], now: datetime
) -> None:
    source, send = WAYS[way]
    assert send(client, GOOD).status_code == 202
    assert jobs == [("answer_asks", ())]
    (ask,) = _asks(sessions)
    assert (ask.pop("source"), ask.pop("asked_at")) == (source, now)
    assert ask | {"id": 0, "kind": "sign_up"} == {
        "id": 0,
        "kind": "sign_up",
        "address": "Ada@reader.example",
        "address_key": "ada@reader.example",
        "is_limited": False,
        "follows": 0b10,
        "depth": "deep",
        "hour": 7,
        "time_zone": "Europe/Vienna",
        "language": "en" if way in ANSWERED_BY_A_PAGE else "",
        "network": "8.8.8.0/24",
        "wording_hash": bytes.fromhex(str(GOOD["wording"])),
        "n_tries": 0,
        "retry_at": None,
    }


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "wrong",
    [
        {"address": "nobody"},
        {"address": "a@mailinator.com"},
        {"categories": ["fishing"]},
        {"depth": "bottomless"},
        {"hour": 24},
        {"time_zone": "Mars/Olympus"},
        {TRAP: "https://x.example"},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_sign_up_is_refused_alike_whichever_way_it_comes(
    way: str, wrong: dict[str, Any], client: TestClient, sessions: Sessions, jobs: list[Job]
) -> None:
    _, send = WAYS[way]
    assert send(client, GOOD | wrong).status_code == 422
    assert (_asks(sessions), jobs) == ([], [])
