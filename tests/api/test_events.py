"""Events over the API: SNS's messages are taken or refused, and the stream's health is told."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.container import Container, build
from app.db.session import Job
from app.delivery.partitions import ensure_partition
from app.enums import DeliveryState, Depth, EditionState, EventState, IssueState
from app.events.errors import EventError
from app.events.sns import MAX_BYTES
from app.events.webhook import Webhook
from app.main import create_app
from app.models import AcceptedBy, Delivery, Edition, Event
from app.settings import Settings
from tests.events.told import TOPIC, notification, said, signatory
from tests.factories import make_issue

SNS = signatory()
PATH = "/v1/events/sns"


@pytest.fixture
def container(settings: Settings, now: datetime, jobs: list[Job]) -> Iterator[Container]:
    """Build the container with a topic of ours."""
    hearing = settings.model_copy(update={"sns_topics": [TOPIC]})
    container = build(hearing, clock=lambda: now, enqueue_now=jobs.extend)
    yield container
    container.engine.dispose()


@pytest.fixture
def application(container: Container) -> FastAPI:
    application = create_app(container)
    webhook: Webhook = application.state.webhook
    application.state.webhook = replace(webhook, fetch_certificate=lambda _url: SNS.pem)
    return application


def _post(client: TestClient, body: bytes, kind: str = "text/plain; charset=UTF-8") -> Any:
    return client.post(PATH, content=body, headers={"Content-Type": kind})


def test_event_is_stored_when_sns_signed_it(
    public: TestClient, session: Session, now: datetime, jobs: list[Job]
) -> None:
    body = SNS.signed(notification(said("Delivery", now), now))
    for _ in range(2):
        answer = _post(public, body)
        assert (answer.status_code, answer.content) == (200, b"")
    assert len(session.scalars(select(Event)).all()) == 1
    assert jobs == [("apply_events", ())]


@pytest.mark.parametrize("kind", ["application/json", "", "application/x-www-form-urlencoded"])
def test_event_is_stored_whatever_type_it_says_it_is(
    public: TestClient, session: Session, now: datetime, kind: str
) -> None:
    body = SNS.signed(notification(said("Delivery", now), now))
    assert _post(public, body, kind).status_code == 200
    assert len(session.scalars(select(Event)).all()) == 1


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "unreadable"),
        (b"\xff\x00", 400, "unreadable"),
        (b'{"Type": "Notification"}', 400, "unreadable"),
        (b" " * (MAX_BYTES + 1), 413, "too_large"),
        (b" " * (3 * 1024 * 1024), 413, "too_large"),
    ],
)
def test_what_is_no_event_is_refused(
    public: TestClient, session: Session, body: bytes, status: int, code: str
) -> None:
    answer = _post(public, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert session.scalars(select(Event)).all() == []


def test_event_is_refused_when_somebody_else_signed_it(
    public: TestClient, session: Session, now: datetime
) -> None:
    forged = signatory(valid_days=364).signed(notification(said("Delivery", now), now))
    foreign = SNS.signed(notification(said("Delivery", now), now) | {"TopicArn": TOPIC + "-2"})
    for body in (forged, foreign):
        answer = _post(public, body)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_genuine")
        assert "reader1" not in answer.text
    assert session.scalars(select(Event)).all() == []


@pytest.mark.parametrize(("allows", "status"), [(False, 403), (True, 200)])
def test_event_signed_with_sha1_is_taken_only_where_that_is_allowed(
    settings: Settings,
    session: Session,
    now: datetime,
    allows: bool,  # noqa: FBT001  # what the parameter is about
    status: int,
) -> None:
    asked = {"sns_topics": [TOPIC], "sns_allow_v1": allows}
    container = build(settings.model_copy(update=asked), clock=lambda: now)
    application = create_app(container)
    webhook: Webhook = application.state.webhook
    application.state.webhook = replace(webhook, fetch_certificate=lambda _url: SNS.pem)
    with TestClient(application) as client:
        body = SNS.signed(notification(said("Delivery", now), now), version="1")
        assert _post(client, body).status_code == status
    container.engine.dispose()
    assert len(session.scalars(select(Event)).all()) == (status == 200)


def test_event_may_come_again_when_the_certificate_cannot_be_had(
    application: FastAPI, public: TestClient, now: datetime
) -> None:
    def fetch(_url: str) -> bytes:
        raise EventError("no_certificate", again=True)

    webhook: Webhook = application.state.webhook
    application.state.webhook = replace(webhook, fetch_certificate=fetch)
    answer = _post(public, SNS.signed(notification(said("Delivery", now), now)))
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"


def test_there_is_no_webhook_when_no_topic_is_set(settings: Settings) -> None:
    container = build(settings)
    with TestClient(create_app(container)) as client:
        assert _post(client, b"{}").status_code == 404
    container.engine.dispose()


def test_subscriptions_are_confirmed_only_where_mail_leaves_by_aws(settings: Settings) -> None:
    for transport, confirms in (("ses", True), ("smtp", False)):
        asked = {"sns_topics": [TOPIC], "transport": transport}
        container = build(settings.model_copy(update=asked))
        webhook: Webhook = create_app(container).state.webhook
        assert (webhook.confirm is not None) is confirms
        container.engine.dispose()


def test_health_counts_what_was_heard_of_within_the_last_hour(
    api: TestClient, session: Session, now: datetime
) -> None:
    issue = make_issue(
        session, state=IssueState.SENDING, launched_at=now - timedelta(hours=3), rendered_at=now
    )
    ensure_partition(session, issue.id)
    edition = Edition(
        issue_id=issue.id,
        follows=1,
        depth=Depth.BRIEF,
        revision=1,
        state=EditionState.RENDERED,
        n_readers=3,
    )
    session.add(edition)
    session.flush()
    minutes = {1: 5, 2: 10, 3: 90}
    for reader, ago in minutes.items():
        at = now - timedelta(minutes=ago)
        session.add(
            Delivery(
                issue_id=issue.id,
                subscriber_id=reader,
                edition_id=edition.id,
                call_id=1,
                state=DeliveryState.ACCEPTED,
                attempt=1,
                provider_id=f"p-{reader}",
                accepted_by=AcceptedBy.ANSWER,
                at=at,
                event_at=None if reader == 1 else at,
            )
        )
    session.commit()
    told = api.get("/v1/events/health").json()
    assert (told["n_accepted"], told["n_heard"], told["is_whole"]) == (2, 1, False)
    assert told["oldest_unheard_at"] == "2026-11-23T05:55:00Z"
    assert (told["since"], told["until"]) == ("2026-11-23T05:00:00Z", "2026-11-23T06:00:00Z")
    assert (told["n_unapplied"], told["last_received_at"]) == (0, None)


def test_unreadable_events_are_listed_and_applied_again(
    api: TestClient, session: Session, now: datetime, jobs: list[Job]
) -> None:
    for place in range(3):
        values = {"received_at": now, "error": "not_json", "state": EventState.UNREADABLE}
        session.add(Event(unique_id=f"unreadable-{place}", body="{", **values))
    session.commit()
    assert api.get("/v1/events/health").json()["n_unreadable"] == 3
    first = api.get("/v1/events/unreadable?limit=2").json()
    assert [one["body"] for one in first["items"]] == ["{", "{"]
    rest = api.get(f"/v1/events/unreadable?limit=2&after={first['next']}").json()
    assert ([one["error"] for one in rest["items"]], rest["next"]) == (["not_json"], None)
    assert api.post("/v1/events/unreadable/apply-again").json() == {"n_events": 3}
    assert jobs == [("apply_events", ())]
    assert api.get("/v1/events/health").json()["n_unreadable"] == 0
