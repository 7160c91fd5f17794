"""The sending account over the API: paused, resumed, what the provider allows, and what fails."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from redis import Redis
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.container import Container
from app.db.session import Job
from app.delivery.alone import note_setback
from app.delivery.pace import HEADROOM, Allowance, Pace, known_allowance
from app.enums import Scope
from app.main import create_app
from app.models import Account, Installation
from app.transports.base import Quota, TransportError
from tests.api.clients import bearer, secret_of

NOT_PAUSED = {
    "is_paused": False,
    "paused_because": None,
    "paused_until": None,
    "ends_by_itself": False,
}

KEPT = {
    "standing": "kept",
    "places": [{"place": "valkey", "standing": "kept", "error": None}],
}


def test_account_is_paused_and_resumed(api: TestClient, jobs: list[Job]) -> None:
    assert api.get("/v1/account").json() == NOT_PAUSED | {
        "allowance": None,
        "quota_unknown_because": None,
        "send_epoch": KEPT,
    }
    paused = api.post("/v1/account/pause", json={"because": "the domain is being moved"})
    told = NOT_PAUSED | {"is_paused": True, "paused_because": "the domain is being moved"}
    assert paused.json() == told
    assert api.get("/v1/account").json() == told | {
        "allowance": None,
        "quota_unknown_because": None,
        "send_epoch": KEPT,
    }
    assert api.post("/v1/account/resume").json() == NOT_PAUSED
    assert ("look_for_work", ()) in jobs


def test_pause_for_the_quota_is_told_from_one_of_the_same_words(
    api: TestClient, session: Session, now: datetime
) -> None:
    api.post("/v1/account/pause", json={"because": "quota", "until": "2026-11-23T07:00:00Z"})
    assert api.get("/v1/account").json()["ends_by_itself"] is False
    session.get_one(Account, 1).quota_until = now + timedelta(hours=2)
    session.commit()
    told = api.get("/v1/account").json()
    assert (told["paused_because"], told["ends_by_itself"]) == ("quota", True)


def test_longer_of_two_pauses_holds(api: TestClient) -> None:
    until = "2026-11-23T08:00:00Z"
    first = api.post("/v1/account/pause", json={"until": until, "because": "a rest"})
    assert first.json()["paused_until"] == until
    shorter = api.post("/v1/account/pause", json={"until": "2026-11-23T07:00:00Z"})
    assert (shorter.json()["paused_because"], shorter.json()["paused_until"]) == ("a rest", until)
    assert api.post("/v1/account/pause").json()["paused_until"] is None


@pytest.mark.parametrize(
    "body",
    [
        {"until": "2026-11-23T06:00:00Z"},
        {"until": "2026-11-21T08:00:00"},
        {"because": ""},
        {"because": "two\nlines"},
        {"reason": "no such field"},
        [],
    ],
)
def test_pause_is_refused_when_it_cannot_be(api: TestClient, body: object) -> None:
    assert api.post("/v1/account/pause", json=body).status_code == 422
    assert api.get("/v1/account").json()["is_paused"] is False


@pytest.mark.parametrize(
    ("quota", "known"),
    [
        (
            Quota(14.0, 48_800, 50_000),
            {"rate": 14.0 * HEADROOM, "n_left": 48_800, "n_daily": 50_000},
        ),
        (Quota(14.0), {"rate": 14.0 * HEADROOM, "n_left": None, "n_daily": None}),
        (None, None),
    ],
)
def test_account_tells_what_the_provider_last_allowed(
    api: TestClient, valkey_url: str, quota: Quota | None, known: dict[str, object] | None
) -> None:
    with Redis.from_url(valkey_url) as valkey:
        assert Pace(valkey, lambda: quota).has_room()
    assert api.get("/v1/account").json()["allowance"] == known


def test_account_says_why_the_quota_is_not_known(api: TestClient, valkey_url: str) -> None:
    def fetch() -> Quota:
        raise TransportError("The credentials lack ses:GetAccount.", is_final=True)

    with Redis.from_url(valkey_url) as valkey:
        Pace(valkey, fetch, max_rate=10).take(1)
        told = api.get("/v1/account").json()
        assert told["quota_unknown_because"] == "The credentials lack ses:GetAccount."
        assert told["allowance"] == {"rate": 10.0, "n_left": None, "n_daily": None}
        valkey.delete("devoured:pace:asked")
        Pace(valkey, lambda: Quota(100)).take(1)
    assert api.get("/v1/account").json()["quota_unknown_because"] is None


def test_account_is_not_resumed_when_the_database_is_older(
    api: TestClient, session: Session, container: Container
) -> None:
    whose = session.scalars(select(Installation.installation_id)).one()
    session.commit()
    container.places[0].raise_epoch(whose, 7, durably=True)
    assert api.get("/v1/account").json()["send_epoch"]["standing"] == "older"
    assert api.get("/health").json() == {"status": "ok", "send_epoch": "older"}
    refused = api.post("/v1/account/resume")
    assert refused.status_code == 409
    assert "devoured restored" in refused.json()["detail"]


def test_allowance_is_not_known_when_valkey_does_not_answer() -> None:
    with Redis(host="127.0.0.1", port=1, socket_connect_timeout=0.5) as valkey:
        assert known_allowance(valkey) == Allowance()


def test_account_is_paused_by_those_alone_who_may_send(container: Container, now: datetime) -> None:
    ask: dict[Scope, Callable[[TestClient], int]] = {
        Scope.READ: lambda client: client.get("/v1/account").status_code,
        Scope.SEND: lambda client: client.post("/v1/account/pause").status_code,
    }
    with TestClient(create_app(container)) as client:
        assert {call(client) for call in ask.values()} == {401}
        client.headers.update(bearer(secret_of(container, [Scope.READ], now)))
        assert [call(client) for call in ask.values()] == [200, 403]


def test_setbacks_are_shown_with_reason_and_since_when(
    api: TestClient, session: Session, now: datetime
) -> None:
    assert api.get("/v1/setbacks").json() == {"items": []}
    for later in range(3):
        note_setback(session, "tidy: events", f"reason {later}", now + timedelta(hours=later))
    session.commit()
    (told,) = api.get("/v1/setbacks").json()["items"]
    assert told == {
        "what": "tidy: events",
        "reason": "reason 2",
        "n_times": 3,
        "first_at": "2026-11-23T06:00:00Z",
        "last_at": "2026-11-23T08:00:00Z",
    }
