"""What listens and what tells webhooks, traced by real processes: nobody is in what is told."""

import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import pytest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.clock import system_clock
from app.enums import EventState
from app.jobs import make_enqueue
from app.models import Event, OutboxKind
from app.outside.bucket import make_bucket_client
from app.settings import Settings
from app.webhooks.endpoints import Rules, add_webhook
from app.webhooks.messages import send_sample
from localdev.processes import Child, start_child, stop, wait_until
from tests.aws.moto import moto_server
from tests.events.sqs import QUEUE_URL
from tests.events.sqs import serving as serving_queue
from tests.events.told import envelope, said
from tests.localdev.ses.running import serving
from tests.traces.collector import collecting
from tests.webhooks.receiver import Receiver, receiving
from tests.workers.environments import environment_with

ADDRESS: Final = "quillon.varga@readers.example"
SECONDS: Final = 240
_BUCKET: Final = "varga-state"
_DEVOURED: Final = (sys.executable, "-P", "-m", "app.cli")


@contextmanager
def _bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Yield where an S3 is that has the bucket."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    with moto_server() as url:
        make_bucket_client("us-east-1", endpoint_url=url).create_bucket(Bucket=_BUCKET)
        yield url


@contextmanager
def _child(name: str, options: Sequence[str], folder: Path, env: dict[str, str]) -> Iterator[Child]:
    child = start_child(name, [*_DEVOURED, name, *options], log=folder / f"{name}.log", env=env)
    try:
        yield child
    finally:
        stop(child, 10, signal.SIGKILL)


def _add_webhook(session: Session, settings: Settings, receiver: Receiver, path: str) -> str:
    """Make a webhook, have it told a sample, and return its secret."""
    rules = Rules([key.get_secret_value() for key in settings.secret_keys], takes_http=True)
    now = system_clock()
    webhook, secret = add_webhook(session, CLI, receiver.url(path), (), rules, now)
    session.flush()
    send_sample(session, CLI, webhook.id, OutboxKind.ISSUE_SENT, now)
    session.commit()
    return secret


def test_collector_hears_of_events_webhooks_and_buckets_and_of_nobody(
    session: Session, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ExitStack() as stack:
        collected = stack.enter_context(collecting())
        queue = stack.enter_context(serving_queue())
        receiver = stack.enter_context(receiving())
        receiver.answer = lambda got: 500 if got.path == "/refuses-quillon" else 204
        secrets = [
            _add_webhook(session, settings, receiver, path)
            for path in ("/refuses-quillon", "/takes-quillon")
        ]
        for number in range(3):
            body = said("Delivery", system_clock(), delivery_id=f"1-{number}", address=ADDRESS)
            queue.put(envelope(body, message_id=f"message-{number:08}"))
        environment = environment_with(settings, stack.enter_context(serving(rate=1e6)))
        environment |= collected.environment | {
            "AWS_ENDPOINT_URL_S3": stack.enter_context(_bucket(monkeypatch)),
            "AWS_ENDPOINT_URL_SQS": queue.url,
            "DEVOURED_EVENTS_QUEUE_URL": QUEUE_URL,
            "DEVOURED_STATE_BUCKET": f"s3://{_BUCKET}/quillon",
            "DEVOURED_WEBHOOK_NETWORKS": "127.0.0.0/8",
        }
        worker = stack.enter_context(
            _child("worker", ["--concurrency", "1"], tmp_path, environment)
        )
        listen = stack.enter_context(_child("listen", [], tmp_path, environment))
        make_enqueue(settings.redis_url)([("tell_webhooks", ())])
        wait_until(lambda: len(receiver.got) >= 2, SECONDS, worker)  # of two
        wait_until(lambda: queue.messages == {}, SECONDS, listen)
        wait_until(lambda: _n_unapplied(session) == 0, SECONDS, worker)
        assert [stop(listen, 30), stop(worker, 30)] == [0, 0]

        told = collected.told()
        places = (_BUCKET, "quillon", QUEUE_URL, str(receiver.port), "refuses", "message-0000")
        for secret in (ADDRESS, "readers.example", *places, *secrets):
            assert secret.encode() not in told
        for key in [*settings.secret_keys, settings.address_pepper]:
            assert key.get_secret_value().encode() not in told
        _says_what_was_done(collected.spans())


def _n_unapplied(session: Session) -> int:
    session.rollback()
    query = select(func.count()).select_from(Event).where(Event.state == EventState.NEW)
    return session.scalar(query) or 0


def _says_what_was_done(spans: dict[str, list[Span]]) -> None:
    """Look whether the three are told below the jobs and the poll that they belong to."""
    assert set(spans) == {"devoured-listen", "devoured-worker"}
    done = spans["devoured-worker"]
    by_id = {one.span_id: one.name for group in spans.values() for one in group}
    (polled,) = (one for one in spans["devoured-listen"] if one.name == "store events")
    assert _told(polled)["messaging.batch.message_count"].int_value == 3  # put
    (applied,) = (one for one in done if one.parent_span_id == polled.span_id)
    assert applied.name == "apply_events"
    asked = [one for one in done if one.name == "tell a webhook"]
    outcomes = sorted(_told(one)["devoured.outcome"].string_value for one in asked)
    assert outcomes == ["accepted", "refused"]
    assert {by_id[one.parent_span_id] for one in asked} == {"tell_webhooks"}
    assert any(one.name == "S3.GetObject" for one in done)


def _told(span: Span) -> dict[str, AnyValue]:
    return {one.key: one.value for one in span.attributes}
