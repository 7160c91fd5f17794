"""A sign-up, its confirmation and an issue, traced by real processes: what a collector is told."""

import re
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx2
import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clock import system_clock
from app.delivery.editions import store_rendering
from app.delivery.launch import launch
from app.enums import IssueState
from app.jobs import make_enqueue
from app.models import Category, Edition
from app.rendering.inputs import RenderedMail
from app.settings import Settings
from localdev.processes import Child, start_child, stop, wait_until
from tests.factories import make_category, make_issue, make_story
from tests.localdev.ses.running import LocalSes, serving
from tests.traces.collector import Collected, collecting
from tests.workers.environments import environment_with

ADDRESS: Final = "quillon.varga@readers.example"
SECONDS: Final = 240
_TOKEN: Final = re.compile(r"/(?:confirm|leave|preferences|r)/([A-Za-z0-9._~-]{16,})")
_DEVOURED: Final = (sys.executable, "-P", "-m", "app.cli")


@dataclass(frozen=True)
class Running:
    """A service and a worker that trace, and what they stand on."""

    web: httpx2.Client
    serve: Child
    worker: Child
    ses: LocalSes
    collected: Collected


@pytest.fixture
def running(session: Session, settings: Settings, tmp_path: Path) -> Iterator[Running]:
    make_category(session, "ai")
    session.commit()
    with collecting() as collected, serving(rate=1e6) as ses, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        environment = environment_with(settings, ses) | collected.environment
        parts = {"serve": ("--port", str(port)), "worker": ("--concurrency", "1")}
        children = [
            start_child(
                name, [*_DEVOURED, name, *options], log=tmp_path / f"{name}.log", env=environment
            )
            for name, options in parts.items()
        ]
        try:
            with httpx2.Client(base_url=f"http://127.0.0.1:{port}") as web:
                wait_until(lambda: _answers(web), SECONDS, children[0])
                serve, worker = children
                yield Running(web, serve, worker, ses, collected)
        finally:
            for child in children:
                stop(child, 10, signal.SIGKILL)


def _answers(web: httpx2.Client) -> bool:
    with suppress(httpx2.HTTPError):
        return web.get("/health").is_success
    return False


def _n_mails(running: Running) -> int:
    return len(running.ses.messages(limit=100))


def _tokens(running: Running) -> set[str]:
    mails = [running.ses.raw(int(one["id"])) for one in running.ses.messages(limit=100)]
    whole = "".join(raw.replace(b"=\r\n", b"").replace(b"=\n", b"").decode() for raw in mails)
    return set(_TOKEN.findall(whole))


def _send_an_issue(session: Session, settings: Settings) -> None:
    now = system_clock()
    issue = make_issue(session, state=IssueState.SCHEDULED, send_at=now)
    make_story(session, issue, session.scalars(select(Category)).one())
    launch(session, issue, now)
    for edition in session.scalars(select(Edition)):
        store_rendering(session, edition.id, RenderedMail("Subject", "<p>Hello</p>", "Hello"), now)
    session.commit()
    make_enqueue(settings.redis_url)([("send_batches", ())])


def test_collector_hears_of_all_that_was_done_and_of_nobody(
    running: Running, session: Session, settings: Settings
) -> None:
    web, worker = running.web, running.worker
    assert web.post("/v1/signups", json={"address": ADDRESS}).status_code == 202
    wait_until(lambda: _n_mails(running) == 1, SECONDS, worker)
    (confirm,) = _tokens(running)
    assert web.get(f"/confirm/{confirm}?lang=en&for={ADDRESS}").is_success
    assert web.post(f"/confirm/{confirm}").is_success
    wait_until(lambda: _n_mails(running) == 2, SECONDS, worker)
    _send_an_issue(session, settings)
    wait_until(lambda: _n_mails(running) == 3, SECONDS, worker)
    tokens = _tokens(running)
    for token in tokens:
        web.get(f"/preferences/{token}")
    web.get(f"/{ADDRESS}", headers={"User-Agent": ADDRESS, "X-Request-ID": ADDRESS})
    codes = [stop(running.serve, 20), stop(running.worker, 20)]

    assert codes[1] == 0
    assert len(tokens) >= 3
    told = running.collected.told()
    for secret in (ADDRESS, ADDRESS.partition("@")[0], "readers.example", *tokens):
        assert secret.encode() not in told
    for key in [*settings.secret_keys, settings.address_pepper]:
        assert key.get_secret_value().encode() not in told
    _is_one_trace(running.collected.spans())


def _is_one_trace(spans: dict[str, list[Span]]) -> None:
    """Look whether a sign-up is one trace, from its request over two jobs to the call of SES."""
    assert set(spans) == {"devoured-serve", "devoured-worker"}
    (request,) = (one for one in spans["devoured-serve"] if one.name == "POST /v1/signups")
    by_id = {one.span_id: one for group in spans.values() for one in group}
    sends = [
        one
        for one in spans["devoured-worker"]
        if one.name == "send by ses" and one.trace_id == request.trace_id
    ]
    assert len(sends) == 1
    above, names = sends[0], list[str]()
    while above.parent_span_id:
        above = by_id[above.parent_span_id]
        names.append(above.name)
    assert names == ["send_letter", "answer_asks", "POST /v1/signups"]
    told = {one.key: one.value for one in sends[0].attributes}
    assert told["devoured.accepted"].int_value == 1
    asked = {one.name for one in spans["devoured-serve"] if one.trace_id == request.trace_id}
    assert "INSERT asks" in asked
    assert {"GET /confirm/{token}", "POST /confirm/{token}", "GET /preferences/{token}"} <= {
        one.name for one in spans["devoured-serve"]
    }


def test_collector_that_is_gone_holds_nothing_up(
    session: Session, settings: Settings, tmp_path: Path
) -> None:
    make_category(session, "ai")
    session.commit()
    with serving(rate=1e6) as ses, socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(1)  # it takes connections, and answers nothing
        gone = Collected(deaf.getsockname()[1]).environment
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        child = start_child(
            "serve",
            [*_DEVOURED, "serve", "--port", str(port)],
            log=tmp_path / "serve.log",
            env=environment_with(settings, ses) | gone,
        )
        try:
            with httpx2.Client(base_url=f"http://127.0.0.1:{port}") as web:
                wait_until(lambda: _answers(web), SECONDS, child)
                for n in range(20):
                    said = web.post("/v1/signups", json={"address": f"a{n}@readers.example"})
                    assert said.status_code == 202
        finally:
            began = time.monotonic()
            stop(child, 30)
            took = time.monotonic() - began
    assert took < 15
