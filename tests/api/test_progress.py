"""How far a send is, over the API: asked for, or told while it runs."""

import json
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any

import anyio
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.types import Message

from app.api.progress import Watch
from app.container import Container
from app.enums import DeliveryState, Depth, IssueState, Scope
from app.issues.daily import launch_if_due
from app.main import create_app
from app.models import Batch, Delivery, Edition
from tests.api.clients import bearer, load, secret_of
from tests.factories import make_issue, make_subscriber


def test_progress_adds_up_to_the_audience(api: TestClient, session: Session, now: datetime) -> None:
    issue_id = load(api, ("Of AI", "AI"), ("Of Ops", "Ops"))
    path = f"/v1/issues/{issue_id}"
    readers = [make_subscriber(session, follows=1, depth=Depth.BRIEF).id for _ in range(3)]
    make_subscriber(session, follows=3)
    make_subscriber(session, follows=4)
    session.commit()
    assert api.get(f"{path}/progress").json()["n_due"] == 0
    api.post(f"{path}/approve")
    api.post(f"{path}/schedule", json={"send_at": "2026-11-23T06:00:00Z"})
    assert launch_if_due(session, issue_id, now)
    edition_id = session.scalars(select(Edition.id).where(Edition.n_readers == 3)).one()
    for reader, state in zip(readers, (DeliveryState.ACCEPTED, DeliveryState.FAILED), strict=False):
        session.add(
            Delivery(
                issue_id=issue_id,
                subscriber_id=reader,
                edition_id=edition_id,
                state=state,
                attempt=1,
                at=now,
            )
        )
    batch = session.scalars(select(Batch).where(Batch.edition_id == edition_id)).one()
    batch.n_taken = 2
    session.commit()
    told = api.get(f"{path}/progress").json()
    assert (told["state"], told["n_due"], told["n_nothing_to_read"]) == ("sending", 4, 1)
    assert (told["queued"], told["sending"]) == (2, 0)
    assert told["settled"] == {"accepted": 1, "failed": 1}
    names = ("categories", "depth", "n_readers", "settled")
    assert [tuple(each[name] for name in names) for each in told["editions"]] == [
        (["ai"], "brief", 3, {"accepted": 1, "failed": 1}),
        (["ai", "ops"], "deep", 1, {}),
    ]


QUICK = Watch(every_seconds=0, n_ticks=3)
N_WATCHERS = 20


@pytest.fixture
def application(container: Container) -> FastAPI:
    """Its watchers are told thrice and do not wait."""
    return create_app(container, QUICK)


def _told(text: str) -> list[dict[str, Any]]:
    return [json.loads(each.removeprefix("data: ")) for each in text.strip().split("\n\n")]


@pytest.mark.parametrize(
    ("state", "n_told"),
    [
        (IssueState.SENDING, 3),
        (IssueState.DRAFT, 3),
        (IssueState.SENT, 1),
        (IssueState.CANCELLED, 1),
    ],
)
def test_progress_is_told_until_the_issue_ends(
    api: TestClient, session: Session, state: IssueState, n_told: int
) -> None:
    path = f"/v1/issues/{make_issue(session, state=state, n_due=0).id}"
    session.commit()
    answer = api.get(f"{path}/progress/events")
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert answer.headers["Cache-Control"] == "no-cache"
    whole = api.get(f"{path}/progress").json()
    del whole["editions"]
    assert _told(answer.text) == [whole] * n_told


def test_watching_ends_when_the_server_stops(
    application: FastAPI, api: TestClient, session: Session
) -> None:
    issue = make_issue(session, state=IssueState.SENDING, n_due=0)
    session.commit()
    application.state.watch = Watch(every_seconds=0, is_stopping=lambda: True)
    answer = api.get(f"/v1/issues/{issue.id}/progress/events")
    assert len(_told(answer.text)) == 1


def test_there_is_nothing_to_watch_without_issue_or_key(
    api: TestClient, public: TestClient, session: Session
) -> None:
    issue = make_issue(session, state=IssueState.SENDING)
    session.commit()
    assert api.get("/v1/issues/99/progress/events").status_code == 404
    assert public.get(f"/v1/issues/{issue.id}/progress/events").status_code == 401


def test_many_watchers_keep_nobody_waiting_and_leave_nothing_when_they_go(
    container: Container, session: Session, now: datetime
) -> None:
    issue = make_issue(session, state=IssueState.SENDING, n_due=0)
    session.commit()
    headers = bearer(secret_of(container, [Scope.READ], now))
    application = create_app(container, Watch(every_seconds=0.01))

    async def watch_and_ask() -> None:
        leaving, everybody_was_told, at_once = anyio.Event(), anyio.Event(), anyio.Event()
        told: list[Message] = []
        healthy: list[Message] = []

        def keep(message: Message) -> None:
            told.append(message)
            if _n_bodies(told) >= 5 * N_WATCHERS:
                everybody_was_told.set()

        at_once.set()
        path = f"/v1/issues/{issue.id}/progress/events"
        with anyio.fail_after(60):
            async with anyio.create_task_group() as watchers:
                for _ in range(N_WATCHERS):
                    watchers.start_soon(_ask(application, path, headers, leaving, keep))
                await everybody_was_told.wait()
                await _ask(application, "/health", {}, at_once, healthy.append)()
                leaving.set()
        assert [message.get("status") for message in healthy] == [200, None]

    anyio.run(watch_and_ask)
    assert container.engine.pool.status().count("Current Checked out connections: 0") == 1


def _n_bodies(told: list[Message]) -> int:
    return sum(message["type"] == "http.response.body" for message in told)


def _ask(
    application: FastAPI,
    path: str,
    headers: dict[str, str],
    leaving: anyio.Event,
    keep: Callable[[Message], None],
) -> Callable[[], Coroutine[Any, Any, None]]:
    """Build a request of a client that stays until `leaving` is set, and keep what it is sent."""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()],
        "server": ("testserver", 80),
        "client": ("testclient", 1),
    }
    coming: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Message:
        if coming:
            return coming.pop()
        await leaving.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        keep(message)

    async def call() -> None:
        await application(scope, receive, send)

    return call
