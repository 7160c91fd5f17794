"""The first release's database and jobs are taken over: by the schema, by readers, by workers."""

import sys
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from fastapi.testclient import TestClient
from redis import Redis
from sqlalchemy import select

from app.clock import system_clock
from app.container import Container, build
from app.db import migrate
from app.enums import DeliveryState, IssueState, Scope, SubscriberState
from app.jobs import TASK_PREFIX
from app.main import create_app
from app.models import Delivery, Issue, Letter, Subscriber
from app.settings import Settings
from localdev.processes import start_child, stop, wait_until
from tests.api.clients import bearer, secret_of
from tests.localdev.ses.running import serving
from tests.upgrades.first import (
    APPROVED,
    DRAFT,
    ERASED,
    LAUNCHED,
    LEFT,
    N_DUE,
    N_SENT,
    PENDING,
    PLANNED,
    SENT,
    WRITTEN_AT,
    queue_jobs,
    restore_first_release,
)
from tests.workers.environments import environment_with


@pytest.fixture
def container(upgraded: Settings) -> Iterator[Container]:
    container = build(upgraded)
    yield container
    container.engine.dispose()


@pytest.mark.parametrize("days", range(8))
def test_it_is_put_back_on_any_later_day(empty_url: str, days: int) -> None:
    restore_first_release(empty_url, WRITTEN_AT + timedelta(days=days))
    with psycopg.connect(empty_url) as connection:
        planned = connection.execute("SELECT issued_on FROM issues ORDER BY id").fetchall()
    first = WRITTEN_AT.date() + timedelta(days=days)
    assert planned == [(first + timedelta(days=after),) for after in range(5)]


def test_schema_is_todays_and_nothing_is_left_to_do(upgraded_url: str) -> None:
    assert migrate.pending(upgraded_url) == []
    assert migrate.check(upgraded_url) == []


def test_rows_of_the_first_release_are_read_by_the_api_and_the_pages(container: Container) -> None:
    with TestClient(create_app(container)) as client:
        client.headers.update(bearer(secret_of(container, [Scope.ADMIN], system_clock())))
        issues = client.get("/v1/issues").raise_for_status().json()["items"]
        states = {issue["id"]: issue["state"] for issue in issues}
        readers = client.get("/v1/subscribers").raise_for_status().json()["items"]
        progress = client.get(f"/v1/issues/{SENT}/progress").raise_for_status().json()
        never = client.post("/v1/suppressions/lookup", json={"address": "never@example.com"})
        for issue_id in states:
            client.get(f"/v1/issues/{issue_id}/stories").raise_for_status()
            client.get(f"/v1/issues/{issue_id}/checks").raise_for_status()
        health = client.get("/health")

    assert states == {
        SENT: "sent",
        DRAFT: "draft",
        APPROVED: "approved",
        PLANNED: "scheduled",
        LAUNCHED: "sending",
    }
    assert (progress["n_due"], progress["settled"]) == (N_SENT, {"accepted": N_SENT})
    assert never.status_code == 200, never.text
    by_state = Counter(reader["state"] for reader in readers)
    assert by_state["pending"] == len(PENDING)
    assert by_state["left"] == 1
    assert health.status_code == 200, health.text


def test_who_said_no_to_the_first_release_is_known(container: Container) -> None:
    with container.sessions() as session:
        assert session.get_one(Subscriber, LEFT).state is SubscriberState.LEFT
        assert session.get_one(Subscriber, ERASED).address is None


def test_jobs_of_the_first_release_are_done_by_todays_workers(
    upgraded: Settings, container: Container, tmp_path: Path
) -> None:
    """No beat runs: what is done was asked for by the jobs that were left."""
    with Redis.from_url(upgraded.redis_url) as valkey:
        jobs = queue_jobs(valkey)
    asked = {job["headers"]["task"] for job in jobs}
    assert asked == {TASK_PREFIX + one for one in ("launch_due", "render_edition", "send_letter")}

    with serving(rate=1e6) as ses:
        worker = start_child(
            "worker",
            [sys.executable, "-P", "-m", "app.cli", "worker", "--concurrency", "1"],
            log=tmp_path / "worker.log",
            env=environment_with(upgraded, ses),
        )
        try:
            wait_until(lambda: _is_done(container), 120, worker)
        finally:
            code = stop(worker, 60)
        written_to = [address for message in ses.messages() for address in message["to"]]

    assert code == 0
    assert len(written_to) == len(set(written_to)) == N_DUE + len(PENDING)
    assert {*PENDING.values()} < {*written_to}
    with container.sessions() as session:
        due = select(Delivery.state).where(Delivery.issue_id == LAUNCHED)
        assert session.scalars(due).all() == [DeliveryState.ACCEPTED] * N_DUE
        assert session.get_one(Issue, PLANNED).state is IssueState.SCHEDULED


def _is_done(container: Container) -> bool:
    """Return whether the launched issue was sent and both letters were."""
    with container.sessions() as session:
        letters = set(session.scalars(select(Letter.state)))
        is_sent = session.get_one(Issue, LAUNCHED).state is IssueState.SENT
    return is_sent and letters == {DeliveryState.ACCEPTED}
