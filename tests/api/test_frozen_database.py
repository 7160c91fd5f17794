"""A database that answers nothing: who leaves, confirms or asks after our health is answered."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from fastapi.testclient import TestClient
from httpx2 import Response

from app.api.concurrency import LEAVING, PUBLIC, SERVING
from app.container import Container, build
from app.db import migrate
from app.db.session import transaction
from app.enums import SubscriberState
from app.main import create_app
from app.models import Subscriber
from app.settings import Settings
from app.tokens import Purpose
from localdev.postgres import start_postgres
from localdev.processes import wait_until
from tests.factories import make_subscriber
from tests.waiting import n_waiting_for

PATIENCE = 60.0
"""Seconds until a test that is answered nothing gives up; nothing is measured."""

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@contextmanager
def frozen(postmaster: int) -> Iterator[None]:
    """Its connections stay open and it answers nothing, as a host whose disk has gone."""
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children")
    os.kill(postmaster, signal.SIGSTOP)  # first, so that it makes no more of them
    pids = [postmaster, *map(int, children.read_text("ascii").split())]
    try:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def state_of(container: Container, reader_id: int) -> SubscriberState:
    with transaction(container.sessions) as session:
        return session.get_one(Subscriber, reader_id).state


def test_who_leaves_or_confirms_is_answered_when_the_database_is_frozen(
    settings: Settings, now: datetime, tmp_path: Path
) -> None:
    with (
        start_postgres(tmp_path, durable=False) as postgres,
        ThreadPoolExecutor(40) as pool,
    ):
        migrate.upgrade(postgres.url)
        own = settings.model_copy(update={"database_url": postgres.url})
        container = build(own, clock=lambda: now, enqueue_now=lambda _jobs: None, pool=SERVING)
        with transaction(container.sessions) as session:
            readers = [
                make_subscriber(session, state=state)
                for state in (SubscriberState.ACTIVE, SubscriberState.PENDING)
            ]
            session.flush()
        ids = [reader.id for reader in readers]
        sign = container.signer.sign
        leave = f"/leave/{sign(Purpose.LEAVE, readers[0].public_id, now=now)}"
        confirm = f"/confirm/{sign(Purpose.CONFIRM, readers[1].public_id, now=now)}"
        with TestClient(create_app(container, is_hurried=True)) as client:
            wait_until(lambda: client.get("/health").status_code == 200, PATIENCE)
            with frozen(postgres.child.process.pid):
                stuck = [pool.submit(client.get, "/") for _ in range(PUBLIC.n_places + 1)]
                left = [
                    pool.submit(client.post, leave, data=ONE_CLICK)
                    for _ in range(LEAVING.n_places * 2)
                ]
                for asked in left:
                    assert_comes_back_later(asked.result(PATIENCE))
                assert_comes_back_later(pool.submit(client.post, confirm).result(PATIENCE))
                unwell = pool.submit(client.get, "/health").result(PATIENCE)
                assert_comes_back_later(unwell)
                assert unwell.json()["detail"] == "The database does not answer."
                assert not any(asked.done() for asked in stuck[: PUBLIC.n_places])
            for asked in stuck:
                asked.result(PATIENCE)
            # What was begun is done, though its answer came before; the rest is asked for again.
            wait_until(lambda: state_of(container, ids[0]) is SubscriberState.LEFT, PATIENCE)
            wait_until(lambda: client.post(confirm).status_code == 200, PATIENCE)
            wait_until(lambda: client.get("/health").status_code == 200, PATIENCE)
        assert state_of(container, ids[1]) is SubscriberState.ACTIVE
        container.engine.dispose()


def assert_comes_back_later(answer: Response) -> None:
    assert answer.status_code == 503, answer.text
    assert int(answer.headers["retry-after"]) > 0


def test_health_waits_for_nobody_when_every_place_is_taken(container: Container) -> None:
    """Another session holds the table that the pages read, as a migration does."""
    with (
        TestClient(create_app(container, is_hurried=True)) as client,
        ThreadPoolExecutor(PUBLIC.n_places + 1) as pool,
        container.engine.connect() as locking,
    ):
        locking.exec_driver_sql("LOCK TABLE publications IN ACCESS EXCLUSIVE MODE")
        slow = [pool.submit(client.get, "/") for _ in range(PUBLIC.n_places)]
        wait_until(lambda: n_waiting_for(locking) == PUBLIC.n_places, PATIENCE)
        wait_until(
            lambda: pool.submit(client.get, "/health").result(PATIENCE).status_code == 200, PATIENCE
        )
        assert not any(asked.done() for asked in slow)
        locking.rollback()
        assert {asked.result(PATIENCE).status_code for asked in slow} == {200}
