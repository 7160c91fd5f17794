"""Calls of S3 and what comes from the queue, as spans that name nobody and no place."""

import socket
from collections.abc import Iterator
from datetime import datetime
from typing import Final

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy.exc import SQLAlchemyError

from app import traces
from app.clock import system_clock
from app.container import build
from app.db.session import Sessions
from app.events.queue import make_queue_client, poll_once
from app.images.stores import BucketImages
from app.outside.base import StoreError
from app.outside.bucket import make_bucket_client
from app.settings import Settings
from tests.aws.moto import moto_server
from tests.events.sqs import QUEUE_URL, Sqs, serving
from tests.events.told import envelope, said
from tests.traces.keeping import told_of

NAME: Final = f"{'a1' * 20}.jpg"
ADDRESS: Final = "quillon.varga@readers.example"


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")


@pytest.fixture(scope="module")
def s3_url() -> Iterator[str]:
    with moto_server() as url:
        yield url


@pytest.fixture
def queue() -> Iterator[Sqs]:
    with serving() as sqs:
        yield sqs


def _said(span: ReadableSpan) -> tuple[str, object, object]:
    told = span.attributes or {}
    return span.name, told.get("http.response.status_code"), told.get("error.type")


def test_calls_of_s3_are_told_by_operation_and_status_inside_of_a_span(
    kept: InMemorySpanExporter, s3_url: str
) -> None:
    client = make_bucket_client("us-east-1", endpoint_url=s3_url)
    client.create_bucket(Bucket="varga-images")
    images = BucketImages(client, "varga-images", "quillon/")
    with traces.job("tidy", ""):
        images.put(NAME, b"pixels")
        assert images.get(NAME) == b"pixels"
        images.delete(NAME)
        assert images.get(NAME) is None
    images.put(NAME, b"pixels")

    *calls, job = told_of(kept)
    assert [_said(one) for one in calls] == [
        ("S3.PutObject", 200, None),
        ("S3.GetObject", 200, None),
        ("S3.DeleteObject", 204, None),
        ("S3.GetObject", 404, "404"),
    ]
    assert job.context is not None
    assert {one.parent.span_id for one in calls if one.parent} == {job.context.span_id}
    whole = "".join(one.to_json() for one in calls)
    for secret in ("varga", "quillon", NAME, "127.0.0.1"):
        assert secret not in whole


def test_bucket_that_is_not_reached_is_told_by_the_class_of_the_error(
    kept: InMemorySpanExporter,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    client = make_bucket_client("us-east-1", endpoint_url=f"http://127.0.0.1:{port}")
    images = BucketImages(client, "varga-images", "quillon/")
    with traces.job("tidy", ""), pytest.raises(StoreError):
        images.get(NAME)

    call, _job = told_of(kept)
    assert _said(call) == ("S3.GetObject", None, "EndpointConnectionError")
    assert not call.events
    assert "127.0.0.1" not in call.to_json()


def test_poll_that_brought_events_is_one_span_and_one_that_brought_none_is_none(
    kept: InMemorySpanExporter, settings: Settings, queue: Sqs
) -> None:
    container = build(settings)
    client = make_queue_client("eu-west-1", endpoint_url=queue.url)
    now = system_clock()

    def poll() -> int:
        return poll_once(client, QUEUE_URL, container.sessions, lambda: now, wait_seconds=0)

    assert poll() == 0
    for number in range(13):
        body = said("Delivery", now, delivery_id=f"1-{number}", address=ADDRESS)
        queue.put(envelope(body, message_id=f"message-{number:08}"))
    assert poll() == 13
    container.engine.dispose()

    spans = told_of(kept)
    (polled,) = (one for one in spans if one.name == "store events")
    assert polled.attributes is not None
    assert polled.attributes["messaging.batch.message_count"] == 13
    assert "INSERT events" in {one.name for one in spans}
    whole = "".join(one.to_json() for one in spans)
    for secret in ("quillon", "readers.example", QUEUE_URL, "000000000000", "message-00"):
        assert secret not in whole


def test_poll_that_fails_is_told_by_the_class_of_the_error(
    kept: InMemorySpanExporter, sessions: Sessions, queue: Sqs
) -> None:
    queue.put(envelope(said("Delivery", system_clock(), address=ADDRESS)))
    client = make_queue_client("eu-west-1", endpoint_url=queue.url)

    def broken() -> datetime:
        raise SQLAlchemyError(ADDRESS)

    with pytest.raises(SQLAlchemyError):
        poll_once(client, QUEUE_URL, sessions, broken, wait_seconds=0)

    (polled,) = told_of(kept)
    assert polled.attributes is not None
    assert polled.attributes["error.type"] == "SQLAlchemyError"
    assert "quillon" not in polled.to_json()
