"""A send that runs is paused, resumed and cancelled over the API, within one call."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from threading import Event, Thread

import pytest
from fastapi.testclient import TestClient
from redis import Redis
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.container import Container
from app.delivery.editions import store_rendering
from app.delivery.launch import launch
from app.delivery.pace import Pace
from app.delivery.send import Sender, send_batch
from app.enums import IssueState
from app.models import Edition, Issue, Subscriber
from app.rendering.inputs import RenderedMail
from tests.factories import make_category, make_issue, make_story, make_subscriber
from tests.fakes import KeepingTransport

N_READERS = 200
WAIT_SECONDS = 30


@pytest.fixture
def sending(session: Session, now: datetime) -> Issue:
    """Launch and render an issue of 200 readers."""
    category = make_category(session)
    issue = make_issue(session, state=IssueState.SCHEDULED)
    make_story(session, issue, category)
    for _ in range(N_READERS):
        make_subscriber(session, follows=category.mask)
    launch(session, issue, now)
    session.flush()
    for edition in session.scalars(select(Edition)):
        store_rendering(session, edition.id, RenderedMail("Subject", "<p>Hi</p>", "Hi"), now)
    session.commit()
    return issue


@pytest.fixture
def make_sender(container: Container, valkey_url: str) -> Iterator[Callable[..., Sender]]:
    valkey = Redis.from_url(valkey_url)

    def make(transport: KeepingTransport) -> Sender:
        return Sender(
            sessions=container.sessions,
            transport=transport,
            pace=Pace(valkey, transport.quota),
            signer=container.signer,
            clock=container.clock,
            base_url=container.settings.base_url,
            worker="one",
        )

    yield make
    valkey.close()


@contextmanager
def _in_a_call(make_sender: Callable[..., Sender], transport: KeepingTransport) -> Iterator[None]:
    """Hold a worker in a thread within its first call until the end of this context."""
    inside, go_on = Event(), Event()

    def hold() -> None:
        inside.set()
        assert go_on.wait(WAIT_SECONDS)

    transport.before_answer = hold
    worker = Thread(target=_send_all, args=(make_sender(transport),))
    worker.start()
    try:
        assert inside.wait(WAIT_SECONDS)
        yield
    finally:
        go_on.set()
        worker.join(WAIT_SECONDS)
    assert not worker.is_alive()


def _send_all(sender: Sender) -> None:
    while send_batch(sender):
        pass


@pytest.mark.parametrize(
    "path", ["/v1/issues/{issue}/pause", "/v1/issues/{issue}/cancel", "/v1/account/pause"]
)
def test_running_send_stops_within_the_call_it_is_in(
    api: TestClient, sending: Issue, make_sender: Callable[..., Sender], path: str
) -> None:
    transport = KeepingTransport()
    with _in_a_call(make_sender, transport):
        assert api.post(path.format(issue=sending.id)).status_code == 200
    assert [len(recipients) for _, recipients in transport.calls] == [50]
    told = api.get(f"/v1/issues/{sending.id}/progress").json()
    waiting = "cancelled" if path.endswith("cancel") else "queued"
    assert (told["settled"], told[waiting], told["sending"]) == ({"accepted": 50}, 150, 0)
    assert told["queued"] + told["cancelled"] == 150


@pytest.mark.parametrize("path", ["/v1/issues/{issue}", "/v1/account"])
def test_resumed_send_goes_on_and_writes_to_nobody_twice(
    api: TestClient,
    session: Session,
    sending: Issue,
    make_sender: Callable[..., Sender],
    path: str,
) -> None:
    path = path.format(issue=sending.id)
    first, second = KeepingTransport(), KeepingTransport()
    with _in_a_call(make_sender, first):
        api.post(f"{path}/pause")
    _send_all(make_sender(second))
    assert second.calls == []
    assert api.post(f"{path}/resume").status_code == 200
    _send_all(make_sender(second))
    everybody = sorted(address or "" for address in session.scalars(select(Subscriber.address)))
    assert sorted(first.addresses + second.addresses) == everybody


def test_progress_shows_those_in_the_call_as_sending(
    api: TestClient, sending: Issue, make_sender: Callable[..., Sender]
) -> None:
    with _in_a_call(make_sender, KeepingTransport()):
        told = api.get(f"/v1/issues/{sending.id}/progress").json()
        api.post(f"/v1/issues/{sending.id}/cancel")
    assert (told["queued"], told["sending"], told["settled"]) == (150, 50, {})
    assert (told["rate"], told["seconds_left"]) == (0.0, None)
